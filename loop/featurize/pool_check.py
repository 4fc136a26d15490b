"""What the blocks of a bundle would miss in a pool, found before a campaign opens."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Protocol

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.errors import Problem
from loop.featurize.block import Block, NamesFields
from loop.featurize.describe import describe_fields
from loop.featurize.reading import FORMS

_FILE = "campaign file"


class _Spec(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def of(self) -> str | None: ...
    @property
    def material(self) -> Material | None: ...


def pool_problems(
    blocks: Sequence[Block], specs: Sequence[_Spec], pool: CandidatePool, space: PoolSpace
) -> list[Problem]:
    """Return columns that are not there and forms that a material lacks, else bad cells.

    Bad cells are no problem where the space says to skip what is invalid; these candidates fail.

    Structures are not parsed here; a pool has read its own, and one that a block cannot describe
    is a failure of its row.

    Args:
        blocks: As they are built.
        specs: As they were written, in the same order.
        pool: The candidates.
        space: What the campaign says of them.
    """
    problems: list[Problem] = []
    for i, (block, spec) in enumerate(zip(blocks, specs, strict=True)):
        place = f"featurizer.blocks[{i}]"
        problems.extend(_misspelt(block, spec, pool, place))
        problems.extend(_unreadable(block, spec, pool, place))
    if problems or space.on_invalid == "skip":
        return problems
    return list(_bad_cells(blocks, pool))


def _misspelt(block: Block, spec: _Spec, pool: CandidatePool, place: str) -> Iterator[Problem]:
    named = [(f"{place}.of", spec.of)] if spec.of is not None else []
    if isinstance(block, NamesFields):
        named += [(f"{place} ({spec.kind})", name) for name in block.fields]
    for where, name in named:
        if name not in pool.fields:
            near = difflib.get_close_matches(name, pool.fields, n=1)
            hint = f" ({near[0]!r}?)" if near else ""
            known = ", ".join(pool.fields) or "none beside structure, label and id"
            yield Problem(_FILE, where, name, f"a column of the pool: {known}{hint}")


def _unreadable(block: Block, spec: _Spec, pool: CandidatePool, place: str) -> Iterator[Problem]:
    if (spec.of is None) != (spec.material is None):
        lacking = "material" if spec.material is None else "of"
        yield Problem(
            _FILE, f"{place}.{lacking}", "nothing", "of and material together, or neither"
        )
        return
    material = spec.material or pool.material
    forms = {*FORMS[material]} if spec.of else {*FORMS[material], "fields"}
    if block.reads not in forms:
        what = f"a block that reads {' or '.join(sorted(forms))}, which a {material.value} has"
        yield Problem(_FILE, f"{place}.kind", spec.kind, f"{what}; this one reads {block.reads}")


def _bad_cells(blocks: Sequence[Block], pool: CandidatePool) -> Iterator[Problem]:
    by_field = [block for block in blocks if block.reads == "fields"]
    for block, values in describe_fields(by_field, pool.fields, len(pool)):
        for row, reason in values.failures.items():
            place = f"candidate {pool.ids[row]}, {block.name}"
            yield Problem("pool", place, pool.labels[row], f"no failure: {reason}")
