"""Ids and seeds that are made from content, so that a repeated step repeats them."""

import uuid

from loop.core.canonical import digest

_NAMESPACE = uuid.UUID("5d1f9f0e-6c7b-5b6e-9a53-0f6c1d7a4e21")
_SEPARATOR = "\x1f"


def content_id(*parts: str | int) -> str:
    """Return the UUID (version 5) of the parts: the same parts give the same id for ever."""
    return str(uuid.uuid5(_NAMESPACE, _SEPARATOR.join(str(part) for part in parts)))


def order_id(slug: str, round_number: int, candidate_id: str) -> str:
    """Return the id of the one work order a round can place for a candidate.

    It is readable, because a chemist writes it on a vial, and made from its content, because
    a crashed worker must ask the lab about the same order it may already have placed.
    """
    tail = content_id(slug, round_number, candidate_id, "order").replace("-", "")[:10]
    return f"{slug}-r{round_number:02d}-{tail}"


def measurement_id(order: str, property_name: str, result_id: str) -> str:
    """Return the id of the measurement that the lab calls `result_id`."""
    return content_id(order, property_name, result_id, "measurement")


def stage_seed(seed: int, round_number: int, stage: str) -> int:
    """Return the seed of one stage of one round, in [0, 2**31)."""
    return int(digest(_SEPARATOR.join((str(seed), str(round_number), stage)))[:8], 16) % 2**31
