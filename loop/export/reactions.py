"""Planned and measured reactions as a data set of the Open Reaction Database (ORD).

The JSON form of the messages of ord-schema 0.9 (dataset.proto, reaction.proto). What a campaign
does not know, such as amounts and conditions, is said to be unmeasured or left out, never filled.
Of its own rules one stays open: it wants an e-mail address of who recorded, which we do not hold;
the depositor adds it.
"""

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from loop.core.candidate import Candidate
from loop.core.generated_pool import plan_of
from loop.core.generation_ports import Route
from loop.errors import DataError
from loop.service.views import CampaignView, MeasurementView, OrderView

Node = dict[str, Any]

_NAMESPACE: Final = uuid.UUID("0e6a1f57-5b0c-5c2e-8c8e-6f6d0a3f9f10")


def as_reactions(view: CampaignView) -> bytes:
    """Return one reaction per step of the route of every measured order.

    Raises:
        DataError: no measured candidate has a route: there is no reaction to tell.
    """
    measured: dict[str, list[MeasurementView]] = {}
    for one in view.measurements:
        if not one.withdrawn:
            measured.setdefault(one.order_id, []).append(one)
    found = [
        reaction
        for order, candidate in _ordered(view)
        if order.order_id in measured
        for reaction in _reactions(order, candidate, measured[order.order_id])
    ]
    if not found:
        raise DataError(
            f"campaign {view.summary.slug!r}: no measured candidate has a planned route, and the "
            "Open Reaction Database holds reactions only",
            hint="use --format ro-crate, or plan routes with [makeability] in the campaign file",
        )
    dataset = {
        "name": view.summary.title,
        "description": f"{view.summary.slug}: {view.summary.objective} [{view.summary.unit}]. "
        "Routes as planned; amounts and conditions are not recorded by the campaign.",
        "datasetId": f"ord_dataset-{_hex(view.summary.slug, 'dataset')}",
        "reactions": found,
    }
    return json.dumps(dataset, ensure_ascii=False, indent=1).encode()


def _ordered(view: CampaignView) -> Iterator[tuple[OrderView, Candidate]]:
    for one in view.rounds:
        for item in one.items:
            if item.order is not None:
                yield item.order, item.item.candidate


def _reactions(
    order: OrderView, candidate: Candidate, values: Sequence[MeasurementView]
) -> Iterator[Node]:
    plan = plan_of(candidate.fields)
    route = None if plan is None else plan.route
    if route is None:
        return
    for number in range(1, len(route.steps) + 1):
        last = number == len(route.steps)
        yield _reaction(order, route, number, values if last else ()) | {
            "provenance": {"recordCreated": _event(values[0])}
        }


def _reaction(
    order: OrderView, route: Route, number: int, values: Sequence[MeasurementView]
) -> Node:
    step = route.steps[number - 1]
    equation = f"{'.'.join(step.reactants)}>>{step.product}"
    told = f"Step {number} of {len(route.steps)} of order {order.order_id}: {step.reaction}."
    return {
        "reactionId": f"ord-{_hex(order.order_id, str(number))}",
        "identifiers": [
            {"type": "REACTION_SMILES", "value": equation},
            {"type": "REACTION_TYPE", "value": step.reaction},
        ],
        "inputs": {
            f"reactant {index}": _input(smiles) for index, smiles in enumerate(step.reactants, 1)
        },
        "notes": {"procedureDetails": told},
        "outcomes": [_outcome(step.product, values)],
    }


def _input(smiles: str) -> Node:
    component = {
        "identifiers": [{"type": "SMILES", "value": smiles}],
        "amount": {"unmeasured": {"type": "CUSTOM", "details": "not recorded by the campaign"}},
        "reactionRole": "REACTANT",
    }
    return {"components": [component]}


def _outcome(product: str, values: Sequence[MeasurementView]) -> Node:
    described: Node = {
        "identifiers": [{"type": "SMILES", "value": product}],
        "reactionRole": "PRODUCT",
    }
    outcome: Node = {"products": [described]}
    if values:
        described["isDesiredProduct"] = True
        described["measurements"] = [_measurement(m) for m in values]
        outcome["analyses"] = {_analysis(m): _method(m) for m in values}
    return outcome


def _analysis(m: MeasurementView) -> str:
    return f"{m.property} {m.measurement_id[:8]}"


def _method(m: MeasurementView) -> Mapping[str, str]:
    by = f", by {m.operator}" if m.operator else ""
    return {"type": "CUSTOM", "details": (m.method or "not told") + by}


def _measurement(m: MeasurementView) -> Node:
    node: Node = {
        "analysisKey": _analysis(m),
        "type": "CUSTOM",
        "details": f"{m.property} [{m.unit or 'dimensionless'}]",
    }
    if m.qualifier != "=":
        # The schema has no limits among its numbers.
        return node | {"stringValue": f"{m.qualifier} {m.value!r} {m.unit}".strip()}
    number: Node = {"value": m.value}
    if m.sd is not None:
        number["precision"] = m.sd
    return node | {"floatValue": number}


def _event(first: MeasurementView) -> Node:
    return {
        "time": {"value": first.recorded_at.isoformat()},
        "person": {"username": first.recorded_by},
    }


def _hex(*parts: str) -> str:
    return uuid.uuid5(_NAMESPACE, "\x1f".join(parts)).hex
