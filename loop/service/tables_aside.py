"""What a campaign file points at: the list of candidates, examples for a generator, a stock."""

from dataclasses import dataclass
from pathlib import Path

from loop.core.candidate import CandidatePool
from loop.core.definition import CampaignDefinition, GeneratedSpace, PoolSpace
from loop.core.example_file import dump_examples
from loop.core.generated_pool import OWN_FIELDS
from loop.core.ports import Table
from loop.errors import DataError, Problem
from loop.service.stages import Stages


@dataclass(frozen=True)
class Aside:
    """What is kept with a campaign beside its pool, as artifacts; empty where there is none.

    Files may change or move after a campaign has opened; what it goes by must not.
    """

    examples: bytes = b""
    stock: bytes = b""


def read_listed(stages: Stages, space: PoolSpace, path: Path) -> Table:
    """Return the table of a list in a campaign file at `path`.

    Raises:
        DataError: it cannot be read.
        MissingExtraError: the packages that carry a data set are not installed.
    """
    if space.dataset is not None:
        table: Table = stages.plugins.load("synthloop.datasets", space.dataset)().load(
            stages.cache_folder
        )
        return table
    return stages.pools.read(path.parent / (space.file or ""))


def read_aside(stages: Stages, definition: CampaignDefinition, path: Path) -> Aside:
    """Return examples and stock of a campaign.

    Raises:
        DataError: a list cannot be read, with one problem per bad row.
        NotFoundError: the stock does not exist.
    """
    space = definition.space
    if not isinstance(space, GeneratedSpace):
        return Aside()
    examples, stock = b"", b""
    if space.examples is not None:
        listed = space.examples.table(space.material)
        build = stages.pools.build(read_listed(stages, listed, path), listed, definition.slug)
        examples = dump_examples(build.pool.structures)
    if space.makeability is not None and space.makeability.stock is not None:
        stock = stages.inventor.read_stock(path.parent / space.makeability.stock)
    return Aside(examples, stock)


def refuse_own_columns(pool: CandidatePool, source: str) -> None:
    """Return if no column of a list has a name that generated candidates need.

    Raises:
        DataError: with one problem per such column.
    """
    taken = [name for name in OWN_FIELDS if name in pool.fields]
    if taken:
        raise DataError(
            f"the pool {source} has columns that generated candidates need",
            problems=[Problem(source, "row 1", name, "another name") for name in taken],
            hint="rename these columns in the table",
        )
