"""Commands about a campaign as a whole: open, amend, pause, resume, close, comment."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from loop.core import events as e
from loop.core.candidate import CandidatePool
from loop.core.canonical import digest
from loop.core.definition import CampaignDefinition, GeneratedSpace
from loop.core.example_file import load_examples
from loop.core.identity import content_id
from loop.core.lab_ports import HoldsConnections, LabContext, LimsAdapter
from loop.core.ports import ChecksPool, PoolBuild
from loop.core.state import CampaignState, CampaignStatus
from loop.errors import ConfigError, DataError, NotFoundError, StateError
from loop.service.ask import Ask
from loop.service.campaign_file import read_campaign
from loop.service.commands import Commands, given_reason, repeatable
from loop.service.lab_checks import LabReport, example_order, lab_problems, look_at_lab, shown_order
from loop.service.space_file import AMENDABLE, unchangeable
from loop.service.tables_aside import Aside, read_aside, read_listed, refuse_own_columns

_SHOWN: Final = 50


def _as_opened(definition: CampaignDefinition, state: CampaignState) -> CampaignDefinition:
    """Return a definition with the campaign's own surrogate if its file names none.

    The default changed from one release to the next: a file that says nothing must not change the
    model of a campaign that is under way.
    """
    if "surrogate" in definition.model_fields_set:
        return definition
    return definition.model_copy(update={"surrogate": state.definition.surrogate})


class CampaignCommands(Commands):
    """What can be asked of a campaign as a whole."""

    def open(self, path: Path, ask: Ask) -> str:
        """Open the campaign of a campaign file, if it is not open already; return its slug.

        Raises:
            ConfigError: the file, or the lab it names, cannot be used; with every problem.
            DataError: the pool cannot be used; with one problem per row.
            StateError: it is open with another definition.
        """
        definition = read_campaign(path, self._archive.stages.plugins)
        return self.open_as(definition, path, ask)

    def open_as(self, definition: CampaignDefinition, path: Path, ask: Ask) -> str:
        """Open a campaign by a definition that departs from its file; return its slug.

        Args:
            definition: What holds.
            path: The campaign file, beside which the tables lie that the definition names.
            ask: Who asks.

        Raises:
            ConfigError: the lab that it names cannot be used; with every problem.
            DataError: the pool cannot be used; with one problem per row.
            StateError: it is open with another definition.
        """
        if self._archive.ledger.version(definition.slug):
            self._same_as_open(_as_opened(definition, self._archive.state(definition.slug)))
            return definition.slug
        build, aside = self._read(definition, path)
        body = e.CampaignOpened(
            definition=definition,
            definition_digest=definition.digest(),
            pool_digest=build.pool.digest,
            n_candidates=len(build.pool),
            n_excluded=len(build.excluded),
            exclusions=dict(Counter(reason for _, _, reason in build.excluded)),
            examples_digest=digest(aside.examples) if aside.examples else "",
            stock_digest=digest(aside.stock) if aside.stock else "",
        )
        self._check_featurizer(definition, build.pool)
        self._check_lab(definition, build)
        for content in (build.pool.dump(), aside.examples, aside.stock):
            if content:
                self._archive.artifacts.put(content)
        command = content_id(definition.slug, "open", body.definition_digest)
        self._archive.ledger.append(definition.slug, 0, command, ask.actor, [body])
        return definition.slug

    def _same_as_open(self, definition: CampaignDefinition) -> None:
        state = self._archive.state(definition.slug)
        if state.definition.digest() != definition.digest():
            raise StateError(
                f"campaign {definition.slug!r} is open with another definition",
                hint=f"to change it: synthloop amend {definition.slug} CAMPAIGN_FILE --reason …; "
                "for a new search, copy the folder under a new name",
            )

    def check(self, path: Path) -> tuple[CampaignDefinition, PoolBuild]:
        """Return definition and pool of a campaign file without opening it.

        Raises:
            ConfigError: the file, or the lab it names, cannot be used; with every problem.
            DataError: the pool cannot be used; with one problem per row.
        """
        definition = read_campaign(path, self._archive.stages.plugins)
        build, _ = self._read(definition, path)
        self._check_featurizer(definition, build.pool)
        self._check_lab(definition, build)
        return definition, build

    def _read(self, definition: CampaignDefinition, path: Path) -> tuple[PoolBuild, Aside]:
        """Return the pool, with an account of every row that was left out, and what lies beside."""
        build = self._pool(definition, path)
        aside = read_aside(self._archive.stages, definition, path)
        if isinstance(definition.space, GeneratedSpace):
            told = load_examples(aside.examples) if aside.examples else ()
            structures = (*told, *build.pool.structures)
            self._archive.stages.inventor.try_examples(definition.space, structures)
        unused = tuple((row, label, f"example, {why}") for row, label, why in aside.excluded)
        return replace(build, excluded=build.excluded + unused), aside

    def _pool(self, definition: CampaignDefinition, path: Path) -> PoolBuild:
        self._archive.stages.pools.check_patterns(definition.space.forbid)
        space = definition.space.own_table
        if space is None:
            return PoolBuild(CandidatePool(definition.space.material, (), (), ()))
        table = read_listed(self._archive.stages, space, path)
        build = self._archive.stages.pools.build(table, space, definition.slug)
        if isinstance(definition.space, GeneratedSpace):
            refuse_own_columns(build.pool, table.source)
        return build

    def _check_featurizer(self, definition: CampaignDefinition, pool: CandidatePool) -> None:
        featurizer = self._archive.featurizer_of(definition)
        if not isinstance(featurizer, ChecksPool):
            return
        problems = featurizer.check(pool, definition.space.described)
        if problems:
            more = len(problems) - _SHOWN
            raise ConfigError(
                f"campaign {definition.slug!r}: the featurizer and the pool do not fit together"
                + (f"; {more} more problems are not shown" if more > 0 else ""),
                problems=problems[:_SHOWN],
                hint='mend [featurizer] or the table; on_invalid = "skip" under [space] lets '
                "bad cells pass as failed candidates",
            )

    def _check_lab(self, definition: CampaignDefinition, build: PoolBuild) -> None:
        with self._lab_of(definition, build.pool) as adapter:
            problems = lab_problems(adapter, definition)
        if problems:
            raise ConfigError(
                f"campaign {definition.slug!r}: the lab cannot be used as described",
                problems=problems,
            )

    @contextmanager
    def _lab_of(self, definition: CampaignDefinition, pool: CandidatePool) -> Iterator[LimsAdapter]:
        cls, config = self._archive.stages.plugins.configure("synthloop.lims", definition.lims)
        folder = self._archive.stages.exchange_folder / definition.slug
        folder.mkdir(parents=True, exist_ok=True)
        adapter = cls(config, LabContext(definition.slug, definition, folder, pool))
        try:
            yield adapter
        finally:
            if isinstance(adapter, HoldsConnections):
                adapter.close()

    def lab_report(self, slug: str, path: Path) -> LabReport:
        """Return what the lab of a campaign says of us, and what would be written there.

        Args:
            slug: Campaign; one that is not open yet is read from its file.
            path: The campaign file.

        Raises:
            ConfigError: the file cannot be used.
            NotFoundError: there is neither an open campaign nor a file.
            RetryableAdapterError: the lab's system does not answer now.
        """
        if self._archive.ledger.version(slug):
            state = self._archive.state(slug)
            order = shown_order(state, self._archive.pool(state))
            return look_at_lab(self._archive.lab(state), state.definition, order)
        if not path.is_file():
            self._archive.state(slug)
        definition = read_campaign(path, self._archive.stages.plugins)
        pool = self._pool(definition, path).pool
        with self._lab_of(definition, pool) as adapter:
            return look_at_lab(adapter, definition, example_order(definition, pool))

    @repeatable
    def amend(self, slug: str, path: Path, reason: str, ask: Ask) -> int:
        """Change the definition of an open campaign; pool and properties' units stay.

        How new candidates are made and judged may change (see `unchangeable`); it holds for
        those of later rounds, what joined the pool before stays as it was judged.

        Raises:
            ConfigError: the new file cannot be used, or changes what must not change.
        """
        state = self._live(slug)
        definition = _as_opened(read_campaign(path, self._archive.stages.plugins), state)
        old, new = state.definition, definition
        units = {k: p.unit for k, p in old.properties.items()}
        if definition.slug != slug or unchangeable(old.space) != unchangeable(new.space):
            raise ConfigError(
                f"campaign {slug!r}: slug and [space] cannot be amended"
                + (f", {AMENDABLE} apart" if isinstance(old.space, GeneratedSpace) else ""),
                hint="open a new campaign for another pool, other examples or another stock",
            )
        if units != {k: p.unit for k, p in new.properties.items()}:
            raise ConfigError(
                f"campaign {slug!r}: names and units of properties cannot be amended",
                hint="results are stored in these units; open a new campaign",
            )
        self._check_featurizer(new, self._archive.pool(state))
        before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
        changes = {k: f"{before[k]} → {after[k]}" for k in after if before[k] != after[k]}
        if not changes:
            raise StateError(f"campaign {slug!r}: the file says what is in force already")
        return self._append(
            state,
            ask,
            e.CampaignAmended(
                definition=definition,
                definition_digest=definition.digest(),
                changes=changes,
                reason=given_reason(reason),
            ),
        )

    @repeatable
    def pause(self, slug: str, reason: str, ask: Ask) -> int:
        """Keep the worker off the campaign."""
        state = self._live(slug)
        if state.status is CampaignStatus.PAUSED:
            raise StateError(f"campaign {slug!r} is paused already")
        return self._append(state, ask, e.CampaignPaused(reason=given_reason(reason)))

    @repeatable
    def resume(self, slug: str, reason: str, ask: Ask) -> int:
        """Let the worker go on."""
        state = self._archive.state(slug)
        if state.status is not CampaignStatus.PAUSED:
            raise StateError(f"campaign {slug!r} is {state.status}, not paused")
        return self._append(state, ask, e.CampaignResumed(reason=reason))

    @repeatable
    def close(self, slug: str, reason: str, ask: Ask) -> int:
        """End the campaign; outstanding results are still taken in."""
        return self._append(self._live(slug), ask, e.CampaignClosed(reason=given_reason(reason)))

    @repeatable
    def comment(self, slug: str, text: str, about: str, ask: Ask) -> int:
        """Write a remark into the history.

        Args:
            slug: Campaign.
            text: The remark.
            about: Id of an order that it is about, or nothing. A surprising result of an order
                that somebody remarked on counts as looked at.
            ask: Who asks.

        Raises:
            DataError: there is no text.
            NotFoundError: there is no such order.
        """
        if not text.strip():
            raise DataError("a comment needs a text")
        state = self._archive.state(slug)
        if about and about not in state.orders:
            raise NotFoundError(f"campaign {slug!r} has no order {about!r}")
        return self._append(state, ask, e.CommentAdded(text=text.strip(), about=about))
