"""What edits of molecular graphs share: protected chain ends, attempts begun anew, one account."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np
from rdkit import Chem, rdBase

from loop.core.generation_ports import Offspring
from loop.generate.offspring import Brood, Reading
from loop.generate.parents import Nursery, Spelled
from loop.generate.spelling import Readable

_ASTATINE: Final = 85
RandomNumbers = np.random.Generator


class EditError(ValueError):
    """An edit that came to nothing; the text says why."""


class Editor(Protocol):
    """Makes another structure from one."""

    def edit(self, molecule: Any, others: Sequence[Any], rng: RandomNumbers) -> Any:
        """Return an edited RDKit molecule, not necessarily a valid one.

        Args:
            molecule: The parent, its `*` as astatine, which edits leave alone.
            others: What a crossover may take from, likewise.
            rng: Source of all randomness.

        Raises:
            EditError: this edit cannot be made here.
        """


def protected(molecule: Any) -> Any:
    """Return a copy with every `*` as an astatine atom of valence one."""
    copy = Chem.RWMol(molecule)
    for atom in copy.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomicNum(_ASTATINE)
    Chem.SanitizeMol(copy)
    return copy.GetMol()


def is_end(atom: Any) -> bool:
    """Tell whether an atom stands for an end of the chain."""
    return bool(atom.GetAtomicNum() == _ASTATINE)


def written(molecule: Any) -> str:
    """Return the SMILES of an edited molecule with its ends as `*` again.

    Raises:
        EditError: RDKit finds a valence or an aromatic ring that cannot be.
    """
    try:
        Chem.SanitizeMol(molecule)
    except Chem.MolSanitizeException as cause:
        raise EditError("a valence that cannot be") from cause
    for atom in molecule.GetAtoms():
        if is_end(atom):
            atom.SetAtomicNum(0)
            atom.SetNoImplicit(True)
    return str(Chem.MolToSmiles(molecule))


def bring_forth(
    editor: Editor,
    parents: Sequence[str],
    examples: Sequence[Any],
    size: int,
    seed: int,
    *,
    ends: int,
    tries: int,
) -> Offspring:
    """Edit parents until each attempt holds or was begun `tries` times.

    Args:
        editor: What is done to a parent.
        parents: Structures; the examples where there are none.
        examples: Protected molecules, for crossovers.
        size: Number of attempts.
        seed: Source of all randomness; every attempt has its own stream.
        ends: `*` of a structure.
        tries: How often an attempt may be begun.
    """
    brood, reading = Brood(size), Reading(ends)
    nursery = Nursery(parents, Spelled(ends, {}, {}, {}))
    shielded: dict[str, Any] = {}
    retries = 0
    with rdBase.BlockLogs():
        for attempt, entropy in enumerate(np.random.SeedSequence(seed).spawn(size)):
            rng = np.random.default_rng(entropy)
            parent = nursery.of(attempt)
            if isinstance(parent, str):
                brood.fail(attempt, parent)
                continue
            if parent is None:
                molecule, key = examples[int(rng.integers(len(examples)))], None
            else:
                key = parent.key
                molecule = shielded.setdefault(key, protected(parent.molecule))
            for _ in range(tries):
                if _settled(brood, reading, attempt, key, (editor, molecule, examples, rng)):
                    break
                retries += 1
    return brood.offspring(parents, retries)


def _settled(
    brood: Brood,
    reading: Reading,
    attempt: int,
    key: str | None,
    job: tuple[Editor, Any, Sequence[Any], RandomNumbers],
) -> bool:
    editor, molecule, others, rng = job
    try:
        found: Readable | str = reading.of(written(editor.edit(molecule, others, rng)))
    except EditError as why:
        found = str(why)
    if isinstance(found, str):
        brood.fail(attempt, found)
    elif "[" in found.key and _unpaired(found.molecule) > _unpaired(molecule):
        brood.fail(attempt, "a new radical")
    else:
        brood.settle(attempt, found.key, key)
    return brood.holds(attempt)


def _unpaired(molecule: Any) -> int:
    return sum(atom.GetNumRadicalElectrons() for atom in molecule.GetAtoms())
