"""The generator `polymerisation`: repeat units that real monomers polymerise to."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator
from rdkit import Chem

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.generation_ports import Offspring
from loop.core.polymerisation_rules import POLYMER_CLASSES, POLYMERISATIONS
from loop.core.ports import Progress, silent
from loop.errors import ModelError
from loop.generate.enumeration import PolymerLibrary, Reactants
from loop.generate.listed_molecules import distinct, read_molecules
from loop.generate.reactant_swaps import ReactantMoves


class PolymerisationGenerator:
    """Sorts monomers into classes and proposes what they polymerise to."""

    class Config(Frozen):
        """What it may use.

        Attributes:
            monomers: File with the lab's monomers (CSV with a column smiles, or one SMILES per
                line); without it, the molecules among the structures that teach it are taken.
            polymer_classes: Classes of polymers to make; empty for all.
            neighbours: How many of the most similar monomers a swap chooses from.
            exploration: Share of attempts that draw monomers at random, in [0, 1].
        """

        monomers: Path | None = None
        polymer_classes: tuple[str, ...] = ()
        neighbours: int = Field(default=20, ge=1)
        exploration: float = Field(default=0.1, ge=0.0, le=1.0)

        @field_validator("polymer_classes")
        @classmethod
        def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
            unknown = sorted(set(value) - set(POLYMER_CLASSES))
            if unknown:
                raise ValueError(
                    f"unknown: {', '.join(unknown)}; known: {', '.join(POLYMER_CLASSES)}"
                )
            return value

    materials: ClassVar[frozenset[str]] = frozenset({Material.POLYMER.value})

    def __init__(self, config: Config) -> None:
        self._config = config

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> "TaughtPolymers":
        """Sort the monomers into classes.

        Args:
            structures: Monomers as SMILES, unless the config names a file; those with `*` are
                polymers and teach nothing here.
            progress: Told how far it is.

        Raises:
            NotFoundError: the file of the config does not exist.
            DataError: an entry of it is no SMILES.
            ModelError: no polymer can be made of the monomers.
        """
        path = self._config.monomers
        texts = [s for s in structures if "*" not in s]
        if path:
            texts = read_molecules(path, "monomers", "a monomer")
        wanted = self._config.polymer_classes or POLYMER_CLASSES
        rules = [rule for rule in POLYMERISATIONS if rule.polymer_class in wanted]
        library = PolymerLibrary(distinct(texts), rules, progress)
        if next(library.chunks(), None) is None:
            raise ModelError(
                f"none of {len(library.monomers)} monomers among {len(structures)} structures "
                f"polymerises to {', '.join(wanted)}",
                hint="give it monomers, which are molecules: polymers teach this generator nothing",
            )
        return TaughtPolymers(library, self._config)


class TaughtPolymers:
    """Proposes by drawing monomers, or by swapping one of a parent's for a similar one."""

    def __init__(self, library: PolymerLibrary, config: PolymerisationGenerator.Config) -> None:
        self.library = library
        self._moves = ReactantMoves(library, config.neighbours)
        self._exploration = config.exploration

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Attempt `size` polymers; a parent that the library does not make is no departure.

        The notes name the monomers and the reaction.
        """
        rng = np.random.default_rng(seed)
        states = {parent: self._moves.find(parent) for parent in dict.fromkeys(parents)}
        structures, origins, notes = [], [], []
        failures: Counter[str] = Counter()
        for attempt in range(size):
            index = attempt % len(parents) if parents else -1
            state = states[parents[index]] if parents else None
            if state is None or rng.random() < self._exploration:
                index, reactants = -1, self._moves.draw(rng)
            else:
                reactants = self._moves.swap(state, rng)
            made = self._make(reactants)
            if made is None:
                failures["a monomer cannot alternate with itself"] += 1
            elif parents and made == parents[attempt % len(parents)]:
                failures["same as its parent"] += 1
            else:
                structures.append(made)
                origins.append(index)
                notes.append(self._note(reactants))
        return Offspring(
            structures=tuple(structures),
            parents=np.array(origins, dtype=np.intp),
            tried=size,
            failures=dict(failures),
            notes=tuple(notes),
        )

    def _make(self, reactants: Reactants) -> str | None:
        if not self.library.distinct(reactants):
            return None
        return str(Chem.MolToSmiles(Chem.MolFromSmiles(self.library.structure(reactants))))

    def _note(self, reactants: Reactants) -> str:
        monomers = " + ".join(self.library.monomers_of(reactants))
        return f"{self.library.rules[reactants.rule].name} of {monomers}"
