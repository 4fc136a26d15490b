"""New candidates for a campaign: the generator is taught, the search run, the best are chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loop.core.generated_space import GeneratedSpace
from loop.core.invention_ports import Invention, InventionRequest, Judgement
from loop.core.ports import Progress, silent
from loop.design.makeable import MakeabilityCourt
from loop.errors import DataError, ModelError
from loop.service.plugins import PluginLookup
from loop.service.space_file import GENERATORS

if TYPE_CHECKING:
    from loop.core.generation_ports import Stock, TaughtGenerator

_MOST_TRIED: Final = 2_000


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

    def try_examples(self, space: GeneratedSpace, examples: Sequence[str]) -> None:
        """Return if the generator of a space can learn from structures; long lists are not tried.

        Raises:
            DataError: it cannot, with one problem per structure that is at fault.
        """
        if len(examples) > _MOST_TRIED:
            return
        try:
            self._taught(space, examples)
        except ModelError as error:
            raise DataError(
                f"the generator {space.generator.kind!r} cannot learn from the structures that "
                f"the campaign names: {error.message}",
                hint=error.hint,
                problems=error.problems,
            ) from error

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
        taught = self._taught(request.space, (*request.examples, *request.listed), progress)
        return chosen(request, explore(request, taught, court, progress), court)

    def _taught(
        self, space: GeneratedSpace, examples: Sequence[str], progress: Progress = silent
    ) -> "TaughtGenerator":
        cls, config = self._plugins.configure(GENERATORS, space.generator)
        taught: TaughtGenerator = cls(config).teach(tuple(dict.fromkeys(examples)), progress)
        return taught

    def _court(self, space: GeneratedSpace, stock: bytes | None) -> MakeabilityCourt:
        held: Stock | None = None
        if stock:
            from loop.makeability.stock import StockList

            held = StockList.load(stock)
        return MakeabilityCourt(space.makeability, held, self._plugins)
