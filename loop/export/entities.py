"""The things and deeds of a campaign as entities of schema.org."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from loop.core.candidate import Candidate, Material
from loop.core.generated_pool import plan_of
from loop.core.state import Correction, OrderStatus
from loop.service.views import CampaignView, MeasurementView, OrderView

Node = dict[str, Any]

_STATUS: Final = {
    OrderStatus.MEASURED: "http://schema.org/CompletedActionStatus",
    OrderStatus.FAILED: "http://schema.org/FailedActionStatus",
    OrderStatus.CANCELLED: "http://schema.org/FailedActionStatus",
}


def ref(kind: str, name: str) -> str:
    """Return the id of an entity in the crate."""
    return f"#{kind}-{quote(name, safe='')}"


def person(name: str) -> Node:
    """Return somebody who acted, known by name only."""
    return {"@id": ref("agent", name), "@type": "Person", "name": name}


def candidates(view: CampaignView) -> Iterator[Node]:
    """Yield every candidate that was proposed, once, with the columns it came with."""
    seen: set[str] = set()
    for one in view.rounds:
        for item in one.items:
            candidate = item.item.candidate
            if candidate.candidate_id not in seen:
                seen.add(candidate.candidate_id)
                yield from _candidate(candidate)


def _candidate(candidate: Candidate) -> Iterator[Node]:
    node: Node = {
        "@id": ref("candidate", candidate.candidate_id),
        "@type": "ChemicalSubstance",
        "identifier": candidate.candidate_id,
        "name": candidate.label,
    }
    match candidate.material:
        case Material.MOLECULE | Material.POLYMER:
            node["smiles"] = candidate.structure
        case Material.COMPOSITION:
            node["chemicalComposition"] = candidate.structure
        case Material.CRYSTAL | Material.COLUMNS:
            if candidate.structure:
                node["description"] = candidate.structure
    plan = plan_of(candidate.fields)
    if plan is not None and plan.words:
        node["description"] = f"Planned route: {plan.words}"
    properties = [
        {
            "@id": f"{node['@id']}-{quote(name, safe='')}",
            "@type": "PropertyValue",
            "name": name,
            "value": value,
        }
        for name, value in candidate.fields.items()
        if value is not None
    ]
    if properties:
        node["additionalProperty"] = [{"@id": p["@id"]} for p in properties]
    yield node
    yield from properties


def orders(view: CampaignView) -> Iterator[Node]:
    """Yield every order as what was done, with the values that count as its result."""
    results: dict[str, list[Node]] = {}
    for m in view.measurements:
        if not m.withdrawn:
            link = {"@id": ref("measurement", m.measurement_id)}
            results.setdefault(m.order_id, []).append(link)
    for order in view.orders:
        yield _order(order, results.get(order.order_id, []))


def _order(order: OrderView, results: list[Node]) -> Node:
    node: Node = {
        "@id": ref("order", order.order_id),
        "@type": "CreateAction",
        "identifier": order.order_id,
        "name": f"Round {order.round_number}, position {order.position}: {order.label}",
        "description": f"Asked for: {', '.join(order.requested)}. State: {order.status.value}.",
        "object": {"@id": ref("candidate", order.candidate_id)},
        "actionStatus": _STATUS.get(order.status, "http://schema.org/ActiveActionStatus"),
    }
    if results:
        node["result"] = results
    if order.reason:
        node["error"] = order.reason
    if order.url:
        node["url"] = order.url
    return node


def measurements(view: CampaignView, files: Mapping[str, list[str]]) -> Iterator[Node]:
    """Yield every value with its unit and spread, then what was corrected.

    Args:
        view: The campaign.
        files: Paths in the crate of the files of each measurement.
    """
    for m in view.measurements:
        yield from _measurement(m, files.get(m.measurement_id, []))


def _measurement(m: MeasurementView, paths: list[str]) -> Iterator[Node]:
    identity = ref("measurement", m.measurement_id)
    bound = {"<": "maxValue", ">": "minValue"}.get(m.qualifier, "value")
    node: Node = {
        "@id": identity,
        "@type": "PropertyValue",
        "identifier": m.measurement_id,
        "name": m.property,
        bound: m.value,
        "unitText": m.unit,
        "description": f"Received as {m.received}, replicate {m.replicate}; {m.source}",
    }
    if m.method:
        node["measurementTechnique"] = m.method
    if m.withdrawn:
        node["disambiguatingDescription"] = "withdrawn: it does not count"
    if paths:
        node["subjectOf"] = [{"@id": path} for path in paths]
    beside = {
        "standard deviation": m.sd,
        "predicted mean": m.predicted_mean,
        "predicted standard deviation": m.predicted_sd,
    }
    told: list[Node] = [
        {
            "@id": f"{identity}-{name.replace(' ', '-')}",
            "@type": "PropertyValue",
            "name": f"{name} of {m.property}",
            "value": value,
            "unitText": m.unit,
        }
        for name, value in beside.items()
        if value is not None
    ]
    if told:
        node["valueReference"] = [{"@id": one["@id"]} for one in told]
    yield node
    yield from told
    who = m.operator or m.recorded_by
    yield person(who)
    yield _action(f"{identity}-act", "AssessAction", who, m.measured_at or m.recorded_at, identity)
    for number, correction in enumerate(m.corrections, start=1):
        yield person(correction.actor)
        yield _correction(f"{identity}-correction-{number}", identity, m.unit, correction)


def _action(identity: str, kind: str, agent: str, end: datetime, about: str) -> Node:
    return {
        "@id": identity,
        "@type": kind,
        "agent": {"@id": ref("agent", agent)},
        "endTime": end.isoformat(),
        "object": {"@id": about},
    }


def _correction(identity: str, about: str, unit: str, correction: Correction) -> Node:
    after = "withdrawn" if correction.value is None else f"{correction.value!r} {unit}"
    told = f"{correction.previous_value!r} {unit} became {after}: {correction.reason}"
    action = _action(identity, "UpdateAction", correction.actor, correction.time, about)
    return action | {"description": told}
