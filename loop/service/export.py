"""Measurements as rows for spreadsheets."""

from loop.service.views import CampaignView

HEADER = (
    "order_id", "round", "candidate_id", "label", "structure", "property", "value", "qualifier",
    "unit", "sd", "replicate", "as_received", "predicted_mean", "predicted_sd", "operator",
    "recorded_at", "recorded_by", "source", "withdrawn", "corrections",
)  # fmt: skip


def measurement_rows(view: CampaignView) -> list[list[str]]:
    """Return a header and one row per measurement, safe to open in a spreadsheet."""
    orders = {order.order_id: order for order in view.orders}
    rows = [list(HEADER)]
    for m in view.measurements:
        order = orders[m.order_id]
        corrections = "; ".join(
            f"{c.previous_value:g} by {c.actor}: {c.reason}" for c in m.corrections
        )
        cells = (
            m.order_id, order.round_number, m.candidate_id, m.label, order.structure, m.property,
            repr(m.value), m.qualifier, m.unit, m.sd, m.replicate, m.received, m.predicted_mean,
            m.predicted_sd, m.operator, m.recorded_at.isoformat(), m.recorded_by, m.source,
            m.withdrawn, corrections,
        )  # fmt: skip
        rows.append([_safe(cell) for cell in cells])
    return rows


def _safe(cell: object) -> str:
    """Keep a text from being run as a formula by a spreadsheet program."""
    text = "" if cell is None else str(cell)
    if text[:1] in {"=", "+", "-", "@", "\t"} and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
