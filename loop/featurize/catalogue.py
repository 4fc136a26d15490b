"""Blocks by name: the entry-point group `synthloop.blocks`."""

from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from loop.core.candidate import Material
from loop.core.installed import built, installed, loaded
from loop.errors import MissingExtraError
from loop.featurize.block import Block

GROUP: Final = "synthloop.blocks"


class BlockSpec(BaseModel):
    """One block with its options beside it; the block's own `Config` checks them.

    Attributes:
        kind: Name in the entry-point group `synthloop.blocks`.
        of: Column with the structures to describe, such as a solvent's SMILES; the pool's own
            structure when absent.
        material: What that column holds; needed with `of`.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    kind: str
    of: str | None = None
    material: Material | None = None


@dataclass(frozen=True)
class KnownBlock:
    """A block that can be named.

    Attributes:
        name: What to write as `kind`.
        reads: What it describes; empty if it cannot be loaded.
        values: "counts" or "reals"; empty if that depends on options that it needs.
        d: Columns with default options, if it has such.
        remark: What is missing, for people.
    """

    name: str
    reads: str = ""
    values: str = ""
    d: int | None = None
    remark: str = ""


def known_blocks() -> list[KnownBlock]:
    """Return every installed block, sorted by name, as it is without options."""
    points = {point.name: point for point in installed(GROUP)}
    return [_known(points[name]) for name in sorted(points)]


def _known(point: EntryPoint) -> KnownBlock:
    try:
        cls = loaded(point, "block")
    except MissingExtraError as error:
        return KnownBlock(point.name, remark=error.hint)
    try:
        config = cls.Config.model_validate({})
        block: Block = cls(config)
    except MissingExtraError as error:
        return KnownBlock(point.name, cls.reads, remark=error.hint)
    except ValidationError as error:
        wanted = sorted({str(e["loc"][0]) for e in error.errors() if e["loc"]})
        return KnownBlock(point.name, cls.reads, remark=f"needs {', '.join(wanted)}")
    return KnownBlock(point.name, block.reads, block.kind, len(block.columns))


def build_block(spec: BlockSpec) -> Block:
    """Return the block that a specification names.

    Raises:
        ConfigError: the kind is unknown, or an option is refused.
        MissingExtraError: a package that it needs is not installed.
    """
    block: Block = built(GROUP, "block", spec.kind, spec.model_extra or {})
    return block
