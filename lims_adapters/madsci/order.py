"""An order as a resource and an experiment of MADSci."""

import json
from typing import Any

from lims_adapters.madsci.names import campaign_id, sample_id
from loop.core.order import WorkOrder

Thing = dict[str, Any]
NOTE = "synthloop_note"
"""The attribute of the sample that is ours to write."""


def registration(order: WorkOrder) -> Thing:
    """Return the experiment to be started. Its run carries the order id, to be found again."""
    asked = ", ".join(
        f"{r.property} in {r.unit or 'no unit'} x{r.replicates}" for r in order.requests
    )
    return {
        "experiment_design": {
            "experiment_name": f"{order.campaign}: {order.candidate.label}",
            "experiment_description": f"Measure {asked}. {order.note}".strip(),
            "ownership_info": {"campaign_id": campaign_id(order.campaign)},
        },
        "run_name": order.order_id,
        "run_description": f"sample {sample_id(order.order_id)}",
    }


def sample(order: WorkOrder, resource_class: str, experiment_id: str) -> Thing:
    """Return the sample's resource: what to make and measure, as a workflow reads it."""
    candidate = order.candidate
    return {
        "base_type": "resource",
        "resource_id": sample_id(order.order_id),
        "resource_name": candidate.label,
        "resource_class": resource_class,
        "attributes": {
            "order_id": order.order_id,
            "experiment_id": experiment_id,
            "campaign": order.campaign,
            "round": order.round_number,
            "position": order.position,
            "candidate_id": candidate.candidate_id,
            "material": candidate.material.value,
            "structure": candidate.structure,
            "fields": dict(candidate.fields),
            "measure": [
                {"property": r.property, "unit": r.unit, "replicates": r.replicates}
                for r in order.requests
            ],
            "note": order.note,
        },
    }


def order_of(resource: Thing) -> str:
    """Return the order id that a resource carries, or nothing."""
    return str((resource.get("attributes") or {}).get("order_id") or "")


def experiment_of(resource: Thing) -> str:
    """Return the experiment that a resource names as its own, or nothing."""
    return str((resource.get("attributes") or {}).get("experiment_id") or "")


def shown(order: WorkOrder, resource_class: str) -> str:
    """Return what is written, as a person reads it."""
    parts = {
        "MADSci experiment": registration(order),
        "MADSci resource": sample(order, resource_class, "<id of the experiment>"),
    }
    return "\n".join(
        f"{name}:\n{json.dumps(part, ensure_ascii=False, indent=2)}" for name, part in parts.items()
    )
