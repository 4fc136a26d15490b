"""An order as a sample of SENAITE, and our remarks on it."""

import html
import re
from collections.abc import Sequence
from typing import Any, Final

from lims_adapters.senaite.client import Item
from lims_adapters.senaite.config import SenaiteConfig
from lims_adapters.senaite.setup import SenaiteSetup
from loop.core.order import WorkOrder

OUR_MARK: Final = "[synthloop] "
_TAG: Final = re.compile(r"<[^>]*>")


def services(order: WorkOrder, config: SenaiteConfig) -> list[str]:
    """Return the keywords of what is to be measured, as far as the mapping has services."""
    return [
        keyword
        for request in order.requests
        if request.property in config.results
        for keyword in config.results[request.property].keywords()[: request.replicates]
    ]


def remark(order: WorkOrder) -> str:
    """Return what the chemist reads beside the sample."""
    candidate = order.candidate
    asked = (f"{r.property} in {r.unit or '1'}, {r.replicates} x" for r in order.requests)
    fields = (f"{name}: {value}" for name, value in candidate.fields.items() if value is not None)
    lines = [candidate.label, candidate.structure, *fields, "; ".join(asked), order.note]
    return "\n".join(line for line in lines if line)


def order_body(
    order: WorkOrder, config: SenaiteConfig, setup: SenaiteSetup, today: str
) -> dict[str, Any]:
    """Return an order as SENAITE takes it.

    Args:
        order: The order.
        config: The mapping.
        setup: Knows the UIDs.
        today: Time by SENAITE's own clock, which refuses samples from the future.
    """
    return {
        "portal_type": "AnalysisRequest",
        "parent_uid": setup.client,
        "Contact": setup.contact,
        "SampleType": setup.sample_type,
        "Analyses": [setup.service(keyword) for keyword in services(order, config)],
        "ClientSampleID": order.order_id,
        "ClientReference": order.campaign,
        "DateSampled": today,
        "Remarks": as_remark(remark(order)),
    }


def preview(order: WorkOrder, config: SenaiteConfig) -> str:
    """Return what `order_body` makes, as people read it."""
    lines = [
        f"SENAITE: a new sample of type {config.sample_type!r}",
        f"  client = {config.client}, contact = {config.contact}",
        f"  client sample ID = {order.order_id}, client reference = {order.campaign}",
        f"  analyses = {', '.join(services(order, config))}",
        "  remarks =",
        *(f"    {line}" for line in remark(order).splitlines()),
    ]
    return "\n".join(lines)


def as_remark(text: str) -> str:
    """Return our words as a remark.

    SENAITE 2.6 takes a remark for HTML if it looks like it, and otherwise for plain text that it
    turns into HTML: only a paragraph is kept as it is written.
    """
    escaped = html.escape(f"{OUR_MARK}{text}", quote=False)
    return "<p>{}</p>".format(escaped.replace("\n", "<br>"))


def as_words(remark: str) -> str:
    """Return the words of a remark, with single spaces, whatever HTML SENAITE made of them."""
    return " ".join(html.unescape(_TAG.sub(" ", remark)).split())


def newest_of_ours(sample: Item) -> str:
    """Return the words of our newest remark on a sample; "" if there is none.

    SENAITE keeps every remark, the newest first.
    """
    remarks: Sequence[Item] = sample.get("Remarks") or ()
    written = (as_words(str(remark.get("content") or "")) for remark in remarks)
    return next((words for words in written if words.startswith(OUR_MARK)), "")
