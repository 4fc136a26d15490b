"""The generator `reactions`: molecules that a named reaction makes of building blocks.

The state is the set of reactants and the product follows from it: a move swaps one reactant for a
similar one of the same kind, as in the iSMD sampler of XenonPy (Q. Zhang, C. Liu, S. Wu,
R. Yoshida, arXiv:2204.01847). So whatever is proposed comes with a reaction that makes it.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.generation_ports import Offspring
from loop.core.named_reactions import NAMED_REACTIONS
from loop.core.ports import Progress, silent
from loop.errors import ModelError
from loop.generate.listed_molecules import distinct, read_molecules
from loop.generate.reaction_blocks import ReactantSet, ReactionBlocks


class ReactionGenerator:
    """Enumerates products of building blocks, at random or beside its parents."""

    class Config(Frozen):
        """What it may use.

        Attributes:
            blocks: File with the lab's building blocks (CSV with a column smiles, or one SMILES
                per line); without it, the structures that teach it are taken.
            reactions: Names of the reactions that may be used; empty for all.
            neighbours: How many of the most similar blocks a swap chooses from.
            exploration: Share of attempts that draw reaction and blocks at random, in [0, 1].
        """

        blocks: Path | None = None
        reactions: tuple[str, ...] = ()
        neighbours: int = Field(default=20, ge=1)
        exploration: float = Field(default=0.1, ge=0.0, le=1.0)

        @field_validator("reactions")
        @classmethod
        def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
            names = [reaction.name for reaction in NAMED_REACTIONS]
            unknown = sorted(set(value) - set(names))
            if unknown:
                raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(names)}")
            return value

    materials: ClassVar[frozenset[str]] = frozenset({Material.MOLECULE.value})

    def __init__(self, config: Config) -> None:
        self._config = config

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> "TaughtReactions":
        """Take the building blocks.

        Args:
            structures: Molecules; those that RDKit cannot read, and fragments with `*`, teach
                nothing.
            progress: Told how far it is.

        Raises:
            NotFoundError: the file of the config does not exist.
            DataError: an entry of it is no molecule.
            ModelError: no reaction finds its reactants among the blocks.
        """
        path = self._config.blocks
        texts = structures
        if path:
            texts = read_molecules(path, "building blocks", "a molecule")
        # No salts, no solvates, and no empty SMILES, which RDKit reads.
        alone = [s for s in distinct(t for t in texts if "*" not in t) if s and "." not in s]
        wanted = self._config.reactions
        reactions = [r for r in NAMED_REACTIONS if not wanted or r.name in wanted]
        blocks = ReactionBlocks(alone, reactions)
        usable = []
        for form in range(len(blocks.forms)):
            progress("sorting building blocks", form / len(blocks.forms))
            if blocks.usable(form):
                usable.append(form)
        if not usable:
            raise ModelError(
                f"no reaction finds its reactants among {len(blocks.blocks)} building blocks",
                hint="name a file of building blocks: [generator] blocks = 'blocks.csv'",
            )
        return TaughtReactions(blocks, usable, self._config)


class TaughtReactions:
    """Proposes by drawing reactants, or by swapping one of a parent's for a similar one."""

    def __init__(
        self, blocks: ReactionBlocks, usable: Sequence[int], config: ReactionGenerator.Config
    ) -> None:
        self._blocks = blocks
        self._usable = tuple(usable)
        self._neighbours = config.neighbours
        self._exploration = config.exploration

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Attempt `size` molecules; a parent that no reaction of the blocks makes is no departure.

        A parent counts as made if at least one of its reactants is a block; the others are
        swapped for blocks. Reactants that can give more than one product are no attempt's result.
        The notes name the reaction and the reactants.
        """
        rng = np.random.default_rng(seed)
        sources = {parent: self._blocks.sources(parent) for parent in dict.fromkeys(parents)}
        structures, origins, notes = [], [], []
        failures: Counter[str] = Counter()
        for attempt in range(size):
            index = attempt % len(parents) if parents else -1
            known = sources[parents[index]] if parents else ()
            if known and rng.random() >= self._exploration:
                state = self._swap(known[int(rng.integers(len(known)))], rng)
            else:
                index, state = -1, self._draw(rng)
            made = self._blocks.products(state) if state is not None else ()
            if len(made) != 1:
                failures["several products" if made else "no reaction"] += 1
            elif parents and made[0] == parents[attempt % len(parents)]:
                failures["same as its parent"] += 1
            elif state is not None:
                structures.append(made[0])
                origins.append(index)
                notes.append(self._note(state))
        return Offspring(
            structures=tuple(structures),
            parents=np.array(origins, dtype=np.intp),
            tried=size,
            failures=dict(failures),
            notes=tuple(notes),
        )

    def _draw(self, rng: np.random.Generator) -> ReactantSet:
        """Return reactants at random, every reaction as likely as every other."""
        form = self._usable[int(rng.integers(len(self._usable)))]
        choices = [
            self._blocks.fitting(form, role) for role in range(len(self._blocks.forms[form].roles))
        ]
        drawn = tuple(self._blocks.blocks[c[int(rng.integers(len(c)))]] for c in choices)
        return ReactantSet(form, drawn)

    def _swap(self, state: ReactantSet, rng: np.random.Generator) -> ReactantSet | None:
        """Return the reactants with all that are no blocks, else one, replaced by similar ones."""
        strangers = [i for i, one in enumerate(state.reactants) if one not in self._blocks]
        places = strangers or [int(rng.integers(len(state.reactants)))]
        reactants = list(state.reactants)
        for place in places:
            near = self._blocks.similar(state.form, place, reactants[place], self._neighbours)
            if not near:
                return None
            reactants[place] = self._blocks.blocks[near[int(rng.integers(len(near)))]]
        return ReactantSet(state.form, tuple(reactants))

    def _note(self, state: ReactantSet) -> str:
        name = self._blocks.forms[state.form].reaction.name
        return f"{name}: {' + '.join(state.reactants)}"
