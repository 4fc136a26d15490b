"""Archives of notebooks: what ten of them write is read, what an enemy writes is refused."""

import io
import json
import stat
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims_adapters.eln.archive import open_archive, read_member
from lims_adapters.eln.config import ElnConfig
from lims_adapters.eln.parse import parse
from lims_adapters.eln.write import as_eln
from loop.core.candidate import Candidate, Material
from loop.core.crystal_text import CrystalCell
from loop.core.result import Outcome
from loop.errors import AdapterError
from loop.testing.lab_bench import LabAnswer
from tests.lims_adapters import notebooks
from tests.lims_adapters.eln_bench import ElnBench
from tests.lims_adapters.film_orders import orders
from tests.lims_adapters.notebooks import META, file_node, frame, packed

ORDERS = orders(3)
ID = ORDERS[0].order_id
LARGEST = 5_000_000
TG = LabAnswer("Tg", "371.2", "K")


def config(field, **more):
    return ElnConfig.model_validate({"properties": {"Tg": {"field": field}}, **more})


def read(content, field="Tg", **more):
    return parse("a.eln", content, ORDERS, config(field, **more), "point")


def test_an_export_of_elabftw_is_read_with_its_files_and_author():
    results, problems = read(notebooks.elabftw(ID), "Tg")
    assert problems == ()
    (result,) = results
    assert (result.value, result.unit, result.operator) == (371.2, "K", "Ada L.")
    assert result.result_id == "eln:20250805-b16abd046cd8/Tg"
    assert [a.name for a in result.attachments] == ["curve.csv"]


def test_a_status_of_elabftw_ends_an_order():
    archive = notebooks.elabftw(ID, tg="", status="Fail")
    words = {"status_field": "creativeWorkStatus", "status": {"Fail": "failed in synthesis"}}
    (result,) = read(archive, **words)[0]
    assert result.outcome is Outcome.FAILED_SYNTHESIS
    (unknown,) = read(archive, **words | {"status": {"Success": "measured"}})[0]
    assert (unknown.outcome, "'Fail'" in unknown.note) == (Outcome.NEEDS_FOLLOW_UP, True)


def test_an_export_of_kadi_holds_replicates_in_a_list():
    results, problems = read(notebooks.kadi(ID), "dsc.*.tg")
    assert problems == ()
    assert [(r.value, r.replicate) for r in results] == [(371.2, 1), (372.2, 2)]
    assert len({r.result_id for r in results}) == 2


def test_an_export_of_sampledb_gives_the_current_version_of_what_mentions_the_sample():
    results, problems = read(notebooks.sampledb(ID), "tg")
    assert problems == ()
    assert [(r.value, r.unit, r.order_id) for r in results] == [(98.05, "degC", ID)]


def test_a_code_stands_for_its_unit_and_an_unknown_one_is_refused():
    def of(code):
        entry = {
            "@id": "./a/", "@type": "Dataset", "identifier": ID,
            "variableMeasured": {"@type": "PropertyValue", "propertyID": "Tg", "value": 1.5, "unitCode": code},
        }  # fmt: skip
        return read(packed([*frame(["./a/"]), entry]))

    assert of("KEL")[0][0].unit == "K"
    (first, *_) = of("XYZ")[1]
    assert "unitCode" in str(first)
    assert "'XYZ'" in str(first)


VALUES = [
    ("n.d.", "K", "n.d.", "a number"),
    (True, "K", "True", "a number"),
    ([1], "K", "[1]", "a number"),
    ("1.5", None, "1.5", "converts to K"),
    ("1.5", "kg", "1.5 kg", "converts to K"),
    ("1,5", "K", "1,5", "decimal point"),
]


@pytest.mark.parametrize(("value", "unit", "shown", "expected"), VALUES)
def test_a_bad_value_is_refused_in_words(value, unit, shown, expected):
    pair = {"@type": "PropertyValue", "propertyID": "Tg", "value": value, "unitText": unit}
    entry = {"@id": "./a/", "@type": "Dataset", "identifier": ID, "variableMeasured": [pair]}
    results, problems = read(packed([*frame(["./a/"]), entry]))
    assert results == ()
    for part in ("a.eln", f"entry {ID}", "field Tg", shown, expected):
        assert part in str(problems[0])


def test_a_limit_and_a_spread_are_read():
    (result,) = read(notebooks.elabftw(ID, tg="< 250"))[0]
    assert (result.value, result.qualifier) == (250, "<")
    (result,) = read(notebooks.elabftw(ID, tg="371 ± 2"))[0]
    assert (result.value, result.sd) == (371, 2)


def test_entries_of_other_orders_are_left_alone():
    results, problems = read(notebooks.elabftw(f"{ID}0"))
    assert results == ()
    assert "1 entries, no result" in str(problems[0])


def test_a_signature_is_noted_not_trusted():
    signed = packed([*frame(["./a/"]), {
        "@id": "./a/", "@type": "Dataset", "identifier": ID,
        "variableMeasured": [{"propertyID": "Tg", "value": 300, "unitText": "K"}],
    }], {f"{META}.minisig": b"untrusted comment: x"})  # fmt: skip
    assert "not verified" in read(signed)[0][0].note


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def bomb():
    return packed(frame([]), {"zeros": b"\0" * 3_000_000})


def lying_size():
    content = bytearray(packed(frame([]), {"a": b"x" * 100}))
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"export/a"))
    content[at + 24 : at + 28] = (50).to_bytes(4, "little")
    return bytes(content)


def encrypted():
    content = bytearray(packed(frame([]), {"a": b"x"}))
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"export/a"))
    content[at + 8] |= 1
    return bytes(content)


HOSTILE = [
    (b"", "sound ZIP"),
    (b"PK\x03\x04 half a zip", "sound ZIP"),
    (notebooks.elabftw(ID)[:-30], "sound ZIP"),
    (packed(frame([]), extra=[("export/../../etc/passwd", b"x")]), "inside the archive"),
    (packed(frame([]), extra=[("/etc/passwd", b"x")]), "inside the archive"),
    (packed(frame([]), extra=[("export\\..\\x", b"x")]), "inside the archive"),
    (packed(frame([]), extra=[("C:/x", b"x")]), "inside the archive"),
    (packed(frame([]), extra=[("export/a\nb", b"x")]), "control characters"),
    (packed(frame([]), extra=[(link("export/l"), b"/etc/passwd")]), "no link"),
    (packed(frame([]), extra=[("export/A", b"1"), ("export/a", b"2")]), "each name once"),
    (packed(frame([]), extra=[("other/x", b"x")]), "exactly one folder"),
    (packed(frame([]), extra=[("loose.txt", b"x")]), "one folder at the root"),
    (packed(frame([]), root="export/deep"), f"a file {META}"),
    (packed([], raw="{not json"), "JSON in UTF-8"),
    (packed([], raw=b"\xff\xfe\x00"), "JSON in UTF-8"),
    (packed([], raw='{"@graph": [{"@id": "./", "x": NaN}]}'), "JSON in UTF-8"),
    (packed([], raw="[" * 100_000), "JSON in UTF-8"),
    (packed([], raw="[]"), "a list @graph"),
    (packed([], raw='{"@graph": [1]}'), "an @id in every object"),
    (packed([]), "an object ./"),
    (packed([*frame([]), *frame([])]), "each @id once"),
    (packed([*frame([]), file_node("./x", b"1")]), "a file that is in the archive"),
    (packed([*frame([]), {**file_node("./x", b"1"), "contentSize": "9"}], {"x": b"1"}), "as it is"),
    (packed([*frame([]), {**file_node("./x", b"1"), "sha256": "00"}], {"x": b"1"}), "as it is"),
    (packed(frame([]), {f"f{i}": b"" for i in range(10_001)}), "at most 10000"),
    (bomb(), "200 to 1"),
    (packed(frame([]), {"zeros": b"\0" * 6_000_000}), "bytes unpacked"),
    (encrypted(), "without a password"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("content", "expected"), HOSTILE)
def test_a_hostile_archive_is_refused_whole(content, expected):
    refused = open_archive("evil.eln", content, LARGEST)
    assert str(refused).startswith("evil.eln: ")
    assert expected in str(refused)


def test_a_file_that_is_longer_than_the_archive_says_is_not_handed_out():
    with pytest.raises(AdapterError, match="export/a"):
        read_member(lying_size(), "export/a", LARGEST)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused():
    twice = packed(frame([]), extra=[("export/x", b"1"), ("export/x", b"2")])
    assert "each name once" in str(open_archive("evil.eln", twice, LARGEST))


@settings(max_examples=100)
@given(st.binary(max_size=60), st.integers(0, 5000))
def test_no_bytes_ever_raise(noise, at):
    whole = notebooks.sampledb(ID)
    at %= len(whole)
    results, problems = read(whole[:at] + noise + whole[at + len(noise) :], "tg")
    assert bool(results) != bool(problems)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(ID),
    lambda x: (
        st.lists(x, max_size=3)
        | st.dictionaries(st.sampled_from(["@id", "value", "x"]), x, max_size=3)
    ),
    max_leaves=6,
)
keys = st.sampled_from(
    ["@type", "hasPart", "variableMeasured", "value", "unitText", "unitCode", "propertyID", "name",
     "identifier", "mentions", "author", "url"]
)  # fmt: skip


@settings(max_examples=150)
@given(
    st.dictionaries(keys, json_values, max_size=5), st.dictionaries(keys, json_values, max_size=5)
)
def test_no_graph_ever_raises(entry, pair):
    part = {"propertyID": "Tg", "value": 1, "unitText": "K", **pair}
    node = {
        "@type": "Dataset",
        "identifier": ID,
        "variableMeasured": [part],
        **entry,
        "@id": "./a/",
    }
    results, problems = read(packed([*frame(["./a/"]), node]))
    assert bool(results) != bool(problems)


def test_our_own_archive_is_sound_and_says_what_is_asked():
    content = as_eln(ORDERS, "film-round-01", "order_id", datetime(2026, 3, 1, tzinfo=UTC))
    opened = open_archive("round-01.eln", content, LARGEST)
    assert opened.root == "film-round-01"
    entry = opened.nodes[f"./{ID}/"]
    # What the importers of SampleDB and eLabFTW are known to ask for.
    fields = [opened.nodes[v["@id"]] for v in entry["variableMeasured"]]
    typed = [f for f in fields if "@type" in f]
    assert all(isinstance(f["propertyID"], str) and isinstance(f["value"], str) for f in typed)
    assert {"order_id", "candidate", "structure", "measure", "order_note"} == {
        f["propertyID"] for f in typed
    }
    (extra,) = [json.loads(f["value"]) for f in fields if f["propertyID"] == "elabftw_metadata"]
    assert extra["extra_fields"]["Tg"]["unit"] == "K"
    assert opened.nodes["./"]["version"] == "103"
    assert "Polyäthylen β" in entry["name"]


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=20), st.text(max_size=30), st.floats(60, 1400))
def test_what_we_write_comes_back_filled_in(label, note, value):
    candidate = ORDERS[0].candidate.model_copy(update={"label": label})
    order = ORDERS[0].model_copy(update={"candidate": candidate, "note": note})
    content = as_eln([order], "film-round-01", "order_id", datetime(2026, 3, 1, tzinfo=UTC))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
    metadata = json.loads(files[f"film-round-01/{META}"])
    entry = next(n for n in metadata["@graph"] if n["@id"] == f"./{ID}/")
    entry["variableMeasured"].append({"propertyID": "Tg", "value": value, "unitText": "K"})
    files[f"film-round-01/{META}"] = json.dumps(metadata).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    results, problems = read(buffer.getvalue())
    assert problems == ()
    assert [(r.order_id, r.value) for r in results] == [(ID, value)]


def test_a_crystal_goes_out_as_a_cif():
    cell = CrystalCell(
        [(3, 0, 0), (0, 3, 0), (0, 0, 3)], ["Na", "Cl"], [(0, 0, 0), (0.5, 0.5, 0.5)]
    )
    crystal = Candidate(
        candidate_id="c1", material=Material.CRYSTAL, structure=cell.dump(), label="salt", fields={}
    )
    order = ORDERS[0].model_copy(update={"candidate": crystal})
    content = as_eln([order], "r", "order_id", datetime(2026, 3, 1, tzinfo=UTC))
    opened = open_archive("r.eln", content, LARGEST)
    assert f"{ID}/structure.cif" in opened.files
    assert "NaCl" in str(opened.nodes[f"./{ID}/"]["text"])


def test_a_changed_export_keeps_the_result_ids_and_files_can_be_fetched(tmp_path):
    bench = ElnBench(tmp_path)
    order = bench.orders(1)[0]
    bench.adapter().submit(order)
    name = bench.report(order.order_id, LabAnswer("Tg", "371.2", "K", files={"curve.csv": b"1,2"}))
    (batch,) = bench.adapter().poll(None, [order]).batches
    (before,) = batch.results
    assert bench.adapter().open_attachment(before.attachments[0]) == b"1,2"
    bench.adapter().settle(batch, ())
    assert bench.adapter().open_attachment(before.attachments[0]) == b"1,2"
    bench.edit(name, LabAnswer("Tg", "372", "K"))
    (after,) = bench.adapter().poll(None, [order]).batches[0].results
    assert (after.result_id, after.value) == (before.result_id, 372)
    gone = before.attachments[0].model_copy(update={"reference": f"{'0' * 64}/export/x"})
    with pytest.raises(AdapterError, match="neither in recorded"):
        bench.adapter().open_attachment(gone)


def test_an_order_that_is_taken_back_leaves_the_archive_of_its_round(tmp_path):
    bench = ElnBench(tmp_path)
    first, second = bench.orders(2)
    for order in (first, second):
        bench.adapter().submit(order)
    assert bench.adapter().cancel(first, "no time")
    content = (tmp_path / "orders" / "round-01.eln").read_bytes()
    opened = open_archive("round-01.eln", content, LARGEST)
    assert f"./{first.order_id}/" not in opened.nodes
    assert f"./{second.order_id}/" in opened.nodes
    assert bench.adapter().find(first.order_id)


def test_documents_and_words_of_ours_lie_beside_the_order(tmp_path):
    bench = ElnBench(tmp_path)
    order = bench.orders(1)[0]
    bench.adapter().submit(order)
    for _ in range(2):
        bench.adapter().attach(order, "../../report.pdf", "application/pdf", b"%PDF")
        bench.adapter().annotate(order, "Tg 371 ± 8 K")
    assert bench.documents(order.order_id) == {"report.pdf": b"%PDF"}
    assert bench.annotation(order.order_id) == "Tg 371 ± 8 K"
    with pytest.raises(AdapterError):
        bench.adapter().attach(order, "..", "text/plain", b"")


def test_a_wrong_name_in_the_mapping_is_told(tmp_path):
    problems = ElnBench(tmp_path).adapter_with_wrong_mapping().check()
    assert any("did you mean 'Tg'" in str(p) for p in problems)
    assert any("lims.properties.Tg:" in str(p) for p in problems)
