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

    Attributes:
        examples: Structures that teach the generator, as they are stored.
        stock: What can be bought, as it is stored.
        excluded: Row number, label and reason of every example left out on purpose.
    """

    examples: bytes = b""
    stock: bytes = b""
    excluded: tuple[tuple[int, str, str], ...] = ()


def read_listed(stages: Stages, space: PoolSpace, path: Path, section: str = "space") -> Table:
    """Return the table of a list in a campaign file at `path`, named in a section of it.

    Raises:
        DataError: it cannot be read.
        MissingExtraError: the packages that carry a data set are not installed.
    """
    if space.dataset is not None:
        table: Table = stages.plugins.load("synthloop.datasets", space.dataset)().load(
            stages.cache_folder
        )
        return table
    return stages.pools.read(path.parent / (space.file or ""), section)


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
    excluded: tuple[tuple[int, str, str], ...] = ()
    if space.examples is not None:
        listed, section = space.examples.table(space.material), "space.examples"
        table = read_listed(stages, listed, path, section)
        build = stages.pools.build(table, listed, definition.slug, section)
        examples, excluded = dump_examples(build.pool.structures), build.excluded
    if space.makeability is not None and space.makeability.stock is not None:
        stock = stages.inventor.read_stock(path.parent / space.makeability.stock)
    return Aside(examples, stock, excluded)


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
