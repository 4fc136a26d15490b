"""Named reactions applied to molecules: backward to propose reactants, forward to judge them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product as combinations
from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from loop.core.named_reaction import GROUPS, NamedReaction
from loop.core.named_reactions import NAMED_REACTIONS

_MOST_MATCHES: Final = 24


@dataclass(frozen=True)
class CompiledForm:
    """A reaction with one leaving group, ready to run.

    Attributes:
        reaction: What it was declared as.
        forward: Reactants to product.
        retro: Product to reactants, in the order of `forward`.
    """

    reaction: NamedReaction
    forward: Any
    retro: Any


@dataclass(frozen=True)
class Disconnection:
    """One step back from a molecule that the forward reaction confirms.

    Attributes:
        reaction: Name.
        reactants: Canonical SMILES, sorted.
        score: How often the reaction works, times the share of the wanted product among all that
            it can make of these reactants; in (0, 1].
    """

    reaction: str
    reactants: tuple[str, ...]
    score: float

    @property
    def log_score(self) -> float:
        """Natural logarithm of the score."""
        return math.log(self.score)


@cache
def compiled_forms() -> tuple[CompiledForm, ...]:
    """Return every named reaction with every leaving group, compiled once per process."""
    return tuple(
        CompiledForm(reaction, _compiled(form.forward), _compiled(form.retro))
        for reaction in NAMED_REACTIONS
        for form in reaction.forms()
    )


def _compiled(smirks: str) -> Any:
    compiled = rdChemReactions.ReactionFromSmarts(smirks)
    with rdBase.BlockLogs():
        compiled.Initialize()
    return compiled


@lru_cache(maxsize=8192)
def read(smiles: str) -> Any:
    """Return the molecule of a SMILES, None if RDKit cannot read it. Not to be changed."""
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(smiles)


@cache
def _group_queries() -> dict[str, Any]:
    return {name: Chem.MolFromSmarts(smarts) for name, smarts in GROUPS.items()}


@lru_cache(maxsize=65_536)
def groups_of(smiles: str) -> frozenset[str]:
    """Return the names of the functional groups of a molecule."""
    mol = read(smiles)
    return frozenset(
        name for name, query in _group_queries().items() if mol.HasSubstructMatch(query)
    )


def run(reaction: Any, reactants: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield what a compiled reaction makes, one tuple of canonical SMILES per way to react.

    What RDKit cannot sanitise, and what falls apart into salts, is no outcome.
    """
    mols = tuple(read(smiles) for smiles in reactants)
    with rdBase.BlockLogs():
        for outcome in reaction.RunReactants(mols, _MOST_MATCHES):
            texts = tuple(_canonical(mol) for mol in outcome)
            if all(texts) and not any("." in text for text in texts):
                yield texts


def _canonical(mol: Any) -> str:
    if Chem.SanitizeMol(mol, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
        return ""
    return _respelled(Chem.MolToSmiles(mol))


@lru_cache(maxsize=65_536)
def _respelled(smiles: str) -> str:
    # Read anew: stereo marks that no longer mark anything go, implicit hydrogens settle.
    mol = read(smiles)
    return "" if mol is None else str(Chem.MolToSmiles(mol))


def products(form: CompiledForm, reactants: Sequence[str]) -> frozenset[str]:
    """Return all that a reaction can make of some reactants, in any role and with themselves."""
    n = form.reaction.n_reactants
    found: set[str] = set()
    for roles in combinations(dict.fromkeys(reactants), repeat=n):
        found.update(texts[0] for texts in run(form.forward, roles))
    return frozenset(found)


def share(form: CompiledForm, reactants: Sequence[str], target: str) -> float:
    """Return the share of the target among what a reaction makes of some reactants, in [0, 1].

    Distinct products count alike. A stereocentre or double bond that the target defines and the
    reaction leaves open halves the share; one that the reaction makes otherwise rules it out.
    """
    groups = frozenset().union(*(groups_of(smiles) for smiles in reactants))
    if not groups.isdisjoint(form.reaction.incompatible):
        return 0.0
    made = products(form, reactants)
    return max((_agreement(one, target) for one in made), default=0.0) / max(1, len(made))


def _agreement(made: str, target: str) -> float:
    if made == target:
        return 1.0
    if _flat(made) != _flat(target):
        return 0.0
    wanted, got = read(target), read(made)
    if wanted.HasSubstructMatch(got, useChirality=True):
        return float(0.5 ** max(0, _marks(target) - _marks(made)))
    return 1.0 if got.HasSubstructMatch(wanted, useChirality=True) else 0.0


@lru_cache(maxsize=65_536)
def _flat(smiles: str) -> str:
    return str(Chem.MolToSmiles(read(smiles), isomericSmiles=False))


@lru_cache(maxsize=65_536)
def _marks(smiles: str) -> int:
    specified = Chem.StereoSpecified.Specified
    return sum(s.specified == specified for s in Chem.FindPotentialStereo(Chem.Mol(read(smiles))))


def disconnections(target: str) -> tuple[Disconnection, ...]:
    """Return every step back from a molecule, the best score first.

    Retro templates propose; the forward reaction of the proposed reactants decides. A set of
    reactants appears once, under its best reaction.

    Args:
        target: Canonical SMILES.
    """
    best: dict[tuple[str, ...], Disconnection] = {}
    for form in compiled_forms():
        for reactants in dict.fromkeys(run(form.retro, (target,))):
            if target in reactants:
                continue
            chance = form.reaction.score * share(form, reactants, target)
            key = tuple(sorted(reactants))
            if chance > 0.0 and (key not in best or best[key].score < chance):
                best[key] = Disconnection(form.reaction.name, key, chance)
    return tuple(sorted(best.values(), key=lambda step: (-step.score, step.reactants)))
