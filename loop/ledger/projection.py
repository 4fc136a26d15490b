"""The read tables of a campaign as a pure function of its state."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from loop.core.state import CampaignState
from loop.ledger import tables as t

Row = dict[str, Any]


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def rows(state: CampaignState) -> dict[sa.Table, list[Row]]:
    """Return the rows of every read table for one campaign."""
    return {
        t.campaign: [_campaign(state)],
        t.round_: [_round(state, number) for number in state.rounds],
        t.proposal_item: [row for number in state.rounds for row in _items(state, number)],
        t.work_order: [_order(state, key) for key in state.orders],
        t.measurement: [_measurement(state, key) for key in state.measurements],
    }


def write(connection: sa.Connection, state: CampaignState) -> None:
    """Replace the campaign's rows in the read tables, inside the caller's transaction."""
    for table, new in rows(state).items():
        owner = table.c.slug if table is t.campaign else table.c.campaign
        connection.execute(sa.delete(table).where(owner == state.slug))
        if new:
            connection.execute(sa.insert(table), new)


def stored(connection: sa.Connection, slug: str) -> dict[sa.Table, list[Row]]:
    """Return the rows that the read tables hold for a campaign."""
    found: dict[sa.Table, list[Row]] = {}
    for table in t.READ_TABLES:
        owner = table.c.slug if table is t.campaign else table.c.campaign
        query = sa.select(table).where(owner == slug)
        found[table] = [dict(row) for row in connection.execute(query).mappings()]
    return found


def same(first: dict[sa.Table, list[Row]], second: dict[sa.Table, list[Row]]) -> list[str]:
    """Return the names of the read tables in which the two differ."""

    def ordered(table: sa.Table, found: list[Row]) -> list[Row]:
        keys = [column.name for column in table.primary_key.columns]
        return sorted(found, key=lambda row: [row[k] for k in keys])

    return [
        table.name
        for table in t.READ_TABLES
        if ordered(table, first[table]) != ordered(table, second[table])
    ]


def _campaign(state: CampaignState) -> Row:
    return {
        "slug": state.slug,
        "title": state.definition.title,
        "status": state.status.value,
        "objective": state.definition.objective.in_words(),
        "unit": state.definition.target.unit,
        "version": state.version,
        "n_candidates": state.n_candidates,
        "n_experiments": state.n_experiments,
        "budget": state.definition.budget.experiments,
        "opened_at": _text(state.opened_at),
        "updated_at": _text(state.updated_at),
    }


def _round(state: CampaignState, number: int) -> Row:
    record = state.rounds[number]
    report = record.report
    return {
        "campaign": state.slug,
        "number": number,
        "state": record.state.value,
        "chosen_by": record.chosen_by,
        "model_artifact": record.model_artifact,
        "n_observations": report.n_observations if report else None,
        "r2": report.r2 if report else None,
        "coverage90": report.coverage90 if report else None,
        "opened_at": _text(record.opened_at),
        "ended_at": _text(record.ended_at),
    }


def _items(state: CampaignState, number: int) -> list[Row]:
    record = state.rounds[number]
    return [
        {
            "campaign": state.slug,
            "round_number": number,
            "candidate_id": key,
            "position": item.position,
            "label": item.candidate.label,
            "structure": item.candidate.structure,
            "origin": item.origin.value,
            "mean": item.mean,
            "sd": item.sd,
            "score": item.score,
            "reason": item.reason,
            "rejected": record.rejected.get(key),
        }
        for key, item in record.items.items()
    ]


def _order(state: CampaignState, order_id: str) -> Row:
    record = state.orders[order_id]
    return {
        "order_id": order_id,
        "campaign": state.slug,
        "round_number": record.order.round_number,
        "candidate_id": record.order.candidate.candidate_id,
        "status": record.status.value,
        "external_id": record.receipt.external_id if record.receipt else None,
        "reason": record.reason,
    }


def _measurement(state: CampaignState, measurement_id: str) -> Row:
    record = state.measurements[measurement_id]
    m = record.current
    return {
        "measurement_id": measurement_id,
        "campaign": state.slug,
        "order_id": m.order_id,
        "candidate_id": m.candidate_id,
        "property": m.property,
        "value": m.value,
        "qualifier": m.qualifier,
        "unit": state.definition.properties[m.property].unit,
        "sd": m.sd,
        "replicate": m.replicate,
        "withdrawn": record.withdrawn,
        "n_corrections": len(record.corrections),
        "recorded_at": _text(record.recorded_at),
        "recorded_by": record.actor,
        "source": m.source,
    }
