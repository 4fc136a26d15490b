"""New candidates for a campaign: the generator is taught, the search run, the best are chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loop.core.generated_space import GeneratedSpace
from loop.core.invention_ports import Invention, InventionRequest, Judgement
from loop.core.ports import Progress, silent
from loop.design.makeable import MakeabilityCourt
from loop.service.plugins import PluginLookup
from loop.service.space_file import GENERATORS

if TYPE_CHECKING:
    from loop.core.generation_ports import Stock, TaughtGenerator


class CampaignInventor:
    """The inventor of the installed plug-ins."""

    def __init__(self, plugins: PluginLookup) -> None:
        self._plugins = plugins

    def read_stock(self, path: Path) -> bytes:
        """Return the stock of a file, sorted.

        Raises:
            DataError: entries cannot be read, or there are none.
            NotFoundError: there is no such file.
        """
        from loop.makeability.stock import StockList

        return StockList.read(path).dump()

    def judge(
        self,
        structures: Sequence[str],
        space: GeneratedSpace,
        stock: bytes | None,
        progress: Progress = silent,
    ) -> Judgement:
        """Say of listed candidates whether they can be made."""
        return self._court(space, stock).judge(structures, progress)

    def invent(self, request: InventionRequest, progress: Progress = silent) -> Invention:
        """Return new candidates.

        Raises:
            ModelError: the generator cannot learn from the examples, or nothing that it makes
                passes the constraints.
        """
        from loop.design.chosen import chosen
        from loop.design.exploring import explore

        court = self._court(request.space, request.stock)
        court.know(request.pool, request.weights)
        found = explore(request, self._taught(request, progress), court, progress)
        return chosen(request, found, court)

    def _taught(self, request: InventionRequest, progress: Progress) -> "TaughtGenerator":
        cls, config = self._plugins.configure(GENERATORS, request.space.generator)
        examples = tuple(dict.fromkeys((*request.examples, *request.listed)))
        taught: TaughtGenerator = cls(config).teach(examples, progress)
        return taught

    def _court(self, space: GeneratedSpace, stock: bytes | None) -> MakeabilityCourt:
        held: Stock | None = None
        if stock:
            from loop.makeability.stock import StockList

            held = StockList.load(stock)
        return MakeabilityCourt(space.makeability, held, self._plugins)
