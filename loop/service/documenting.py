"""What is filed with an order at the lab: the drawing, and the prediction with its reason."""

from collections.abc import Callable
from functools import partial

from loop.core import events as e
from loop.core.lab_ports import LimsAdapter, TakesAnnotations, TakesAttachments
from loop.core.order import WorkOrder
from loop.core.proposal import ProposalItem
from loop.core.state import CampaignState
from loop.errors import AdapterError, LabAccessError
from loop.service.archive import Archive
from loop.service.reasons import number

ANNOTATION = "annotation"


def document_order(archive: Archive, state: CampaignState, order_id: str) -> e.OrderDocumented:
    """File everything that is not filed yet with an order; return what was.

    Both are safe to repeat: the same document is there once, and our words replace our words. One
    attempt a step, so that a courtesy does not use up the patience that results need.
    """
    record = state.orders[order_id]
    filed: list[str] = []
    problems: list[str] = []
    try:
        tasks = _tasks(archive, state, archive.lab(state), record.order)
    except AdapterError as error:
        return e.OrderDocumented(order_id=order_id, problem=error.message)
    for name, file in tasks:
        if name in record.filed:
            continue
        try:
            file()
        except AdapterError as error:
            problems.append(f"{name}: {error.message}")
            if isinstance(error, LabAccessError):
                archive.forget_lab(state.slug)
                break
        else:
            filed.append(name)
    return e.OrderDocumented(order_id=order_id, filed=tuple(filed), problem="; ".join(problems))


def _tasks(
    archive: Archive, state: CampaignState, lab: LimsAdapter, order: WorkOrder
) -> list[tuple[str, Callable[[], None]]]:
    tasks: list[tuple[str, Callable[[], None]]] = []
    if isinstance(lab, TakesAnnotations):
        tasks.append((ANNOTATION, partial(lab.annotate, order, annotation(state, order))))
    if isinstance(lab, TakesAttachments):
        tasks.extend(
            (name, partial(lab.attach, order, name, media_type, content))
            for name, media_type, content in drawings(archive, state, order)
        )
    return tasks


def drawings(
    archive: Archive, state: CampaignState, order: WorkOrder
) -> list[tuple[str, str, bytes]]:
    """Return name, media type and content of the drawings of an order's structure."""
    material = state.definition.space.material
    svg = archive.stages.draw(material, order.candidate.structure)
    png = archive.stages.draw_png(material, order.candidate.structure)
    found = [("structure.svg", "image/svg+xml", svg.encode()), ("structure.png", "image/png", png)]
    return [drawing for drawing in found if drawing[2]]


def annotation(state: CampaignState, order: WorkOrder) -> str:
    """Return the prediction and the reason for an order, in one line."""
    items = state.rounds[order.round_number].items
    item = items.get(order.candidate.candidate_id)
    return "" if item is None else _in_words(state, item)


def _in_words(state: CampaignState, item: ProposalItem) -> str:
    if item.mean is None or item.sd is None:
        return item.story
    unit, name = state.definition.target.unit, state.definition.objective.property
    foreseen = f"predicted {number(item.mean)} ± {item.sd:.2g} {unit}"
    why = item.story.removeprefix(foreseen).lstrip(" ;")
    said = foreseen.replace("predicted ", f"predicted {name} ", 1)
    return f"{said}; {why}" if why else said
