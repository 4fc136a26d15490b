"""What a lab may offer beside: an inventory, previews, documents, annotations, files."""

from typing import Final

from loop.core.lab_ports import (
    GivesAttachments,
    KeepsInventory,
    PreviewsOrders,
    TakesAnnotations,
    TakesAttachments,
)
from loop.testing.lab_bench import LabAnswer
from loop.testing.lims_cases import BenchCases, needs, tg

_UNSAID: Final = "name the methods that the adapter does not have under `impossible`"
_PDF: Final = b"%PDF-1.4 \x00\xff not text"


def keeping_inventory(adapter: object) -> KeepsInventory:
    """Return the adapter as this port; a bench without it says so."""
    assert isinstance(adapter, KeepsInventory), _UNSAID
    return adapter


def previewing(adapter: object) -> PreviewsOrders:
    """Return the adapter as this port; a bench without it says so."""
    assert isinstance(adapter, PreviewsOrders), _UNSAID
    return adapter


def taking_documents(adapter: object) -> TakesAttachments:
    """Return the adapter as this port; a bench without it says so."""
    assert isinstance(adapter, TakesAttachments), _UNSAID
    return adapter


def taking_words(adapter: object) -> TakesAnnotations:
    """Return the adapter as this port; a bench without it says so."""
    assert isinstance(adapter, TakesAnnotations), _UNSAID
    return adapter


def giving_files(adapter: object) -> GivesAttachments:
    """Return the adapter as this port; a bench without it says so."""
    assert isinstance(adapter, GivesAttachments), _UNSAID
    return adapter


class ExtraCases(BenchCases):
    """What the optional ports promise."""

    @needs("preview")
    def test_a_preview_names_the_order_and_asks_nothing(self) -> None:
        """A person sees id, candidate and properties before anything is written."""
        adapter, order = self.adapter(), self.bench.orders(1)[0]
        asked = len(self.bench.proxy.exchanges) if self.can("proxy") else 0
        text = previewing(adapter).preview(order)
        for word in (order.order_id, order.candidate.structure, order.candidate.label):
            assert word in text
        if self.can("proxy"):
            assert len(self.bench.proxy.exchanges) == asked
        assert self.bench.samples(order.order_id) == 0

    @needs("preview")
    def test_a_preview_keeps_letters_outside_ascii(self) -> None:
        """The one order whose name needs them, and the one whose note does."""
        adapter = previewing(self.adapter())
        orders = [o for o in self.bench.orders(4) if not (o.candidate.label + o.note).isascii()]
        assert orders, "one name or note of the bench must hold letters outside ASCII"
        assert all(order.candidate.label in adapter.preview(order) for order in orders)

    @needs("inventory", "report")
    def test_the_inventory_shows_what_polls_show(self) -> None:
        """Both ways to look at the lab agree."""
        orders = self.place(3)
        self.report_all(orders[0])
        self.bench.report(orders[1].order_id, tg("300"))
        reader = self.reader(orders)
        reader.read()
        held = list(keeping_inventory(self.adapter()).inventory(orders))
        assert {r.order_id for r in held} == {order.order_id for order in orders}
        valid = [r for remote in held for r in remote.results if r.value is not None]
        assert sorted((r.result_id, r.value) for r in valid) == sorted(
            (r.result_id, r.value) for r in reader.measured.values()
        )
        receipts = {o.order_id: self.adapter().find(o.order_id) for o in orders}
        for remote in held:
            receipt = receipts[remote.order_id]
            assert receipt is not None
            assert (remote.external_id, remote.url) == (receipt.external_id, receipt.url)

    @needs("inventory")
    def test_an_empty_lab_has_an_empty_inventory(self) -> None:
        """What was not placed is not listed."""
        orders = self.bench.orders(2)[:2]
        held = keeping_inventory(self.adapter()).inventory(orders)
        assert [r.order_id for r in held if r.order_id] == []

    @needs("inventory", "place_by_hand")
    def test_the_inventory_names_second_samples_of_an_order(self) -> None:
        """A person must see what the loop ignores."""
        (order,) = self.place(1)
        self.bench.place_by_hand(order)
        held = keeping_inventory(self.adapter()).inventory([order])
        (remote,) = [r for r in held if r.order_id == order.order_id]
        receipt = self.adapter().find(order.order_id)
        assert receipt is not None
        assert remote.external_id == receipt.external_id
        assert len(remote.duplicates) == 1
        assert receipt.external_id not in remote.duplicates

    @needs("inventory", "place_by_hand")
    def test_the_inventory_names_what_nobody_ordered(self) -> None:
        """A sample of this campaign that is not among its orders is for the reconciliation."""
        (order,), stranger = self.place(1), self.bench.orders(2)[1]
        self.bench.place_by_hand(stranger)
        held = keeping_inventory(self.adapter()).inventory([order])
        assert {r.order_id for r in held} == {order.order_id, stranger.order_id}

    @needs("attach", "documents")
    def test_a_document_is_there_once_and_whole(self) -> None:
        """The same name with the same content may be filed as often as one likes."""
        (order,) = self.place(1)
        for _ in range(3):
            adapter = taking_documents(self.adapter())
            adapter.attach(order, "report.pdf", "application/pdf", _PDF)
        taking_documents(self.adapter()).attach(order, "structure.svg", "image/svg+xml", b"<svg/>")
        documents = self.bench.documents(order.order_id)
        assert dict(documents) == {"report.pdf": _PDF, "structure.svg": b"<svg/>"}

    @needs("annotate", "annotation")
    def test_an_annotation_replaces_the_one_before(self) -> None:
        """Prediction and reason of the last model, and no trace of the one before."""
        orders = self.place(2)
        for text in ("predicted 350 ± 12 K", "predicted 362 ± 8 K – höher als geglaubt"):
            taking_words(self.adapter()).annotate(orders[0], text)
        written = self.bench.annotation(orders[0].order_id)
        assert "predicted 362 ± 8 K – höher als geglaubt" in written
        assert "350" not in written
        assert "predicted" not in self.bench.annotation(orders[1].order_id)

    @needs("annotate", "annotation", "report")
    def test_an_annotation_disturbs_no_result(self) -> None:
        """Writing beside a sample neither hides nor repeats what was measured."""
        (order,), reader = self.placed_and_read()
        self.bench.report(order.order_id, tg())
        reader.read()
        taking_words(self.adapter()).annotate(order, "predicted 362 ± 8 K")
        reader.read()
        assert reader.values(order.order_id, "Tg") == [371.2]
        assert len(reader.measured) == 1

    @needs("open_attachment", "report", "files")
    def test_files_come_with_their_result(self) -> None:
        """A curve is handed out as the lab holds it."""
        (order,) = self.place(1)
        curve = b"T/K;mW\r\n300;0,1\r\n\xff\x00"
        answer = LabAnswer("Tg", "371.2", "K", files={"kurve März.csv": curve})
        self.bench.report(order.order_id, answer)
        reader = self.reader([order])
        reader.read()
        (result,) = reader.measured.values()
        (attachment,) = result.attachments
        assert attachment.name == "kurve März.csv"
        adapter = giving_files(self.adapter())
        assert adapter.open_attachment(attachment) == curve
