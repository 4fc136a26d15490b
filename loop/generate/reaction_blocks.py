"""Building blocks sorted by the part they can take in a named reaction, and the reaction run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdChemReactions, rdFingerprintGenerator, rdSubstructLibrary

from loop.core.named_reaction import GROUPS, NamedReaction

_MOST_MATCHES: Final = 24
_RADIUS: Final = 2
_BITS: Final = 1024


@dataclass(frozen=True)
class ReactantSet:
    """The state of the search: what reacts, and how.

    Attributes:
        form: Index into the forms of the blocks.
        reactants: Canonical SMILES, in the order of the reaction.
    """

    form: int
    reactants: tuple[str, ...]


@dataclass(frozen=True)
class _Form:
    reaction: NamedReaction
    forward: Any
    retro: Any
    roles: tuple[str, ...]


class ReactionBlocks:
    """What can be made of a list of building blocks by one reaction.

    Blocks are sorted into roles when a reaction is first used, since few of them ever are.
    """

    def __init__(self, blocks: Sequence[str], reactions: Sequence[NamedReaction]) -> None:
        """Take the blocks.

        Args:
            blocks: Canonical SMILES, distinct, in a fixed order.
            reactions: What may be done with them.
        """
        self.blocks = tuple(blocks)
        self._place = {smiles: index for index, smiles in enumerate(self.blocks)}
        self.forms = tuple(
            _Form(reaction, _compiled(form.forward), _compiled(form.retro), _roles(form.forward))
            for reaction in reactions
            for form in reaction.forms()
        )
        self._fitting: dict[tuple[str, tuple[str, ...]], tuple[int, ...]] = {}
        self._matches: dict[str, tuple[int, ...]] = {}
        self._groups: dict[str, frozenset[str]] = {}
        self._near: dict[tuple[int, int, str, int], tuple[int, ...]] = {}

    def __contains__(self, smiles: str) -> bool:
        """Whether this is one of the blocks."""
        return smiles in self._place

    def fitting(self, form: int, role: int) -> tuple[int, ...]:
        """Return the blocks that can take a role, none with a group that spoils the reaction."""
        wanted = self.forms[form]
        key = (wanted.roles[role], wanted.reaction.incompatible)
        if key not in self._fitting:
            self._fitting[key] = tuple(
                index
                for index in self._matching(key[0])
                if self._groups_of(self.blocks[index], self._mols[index]).isdisjoint(key[1])
            )
        return self._fitting[key]

    def _matching(self, smarts: str) -> tuple[int, ...]:
        if smarts not in self._matches:
            # The library refuses to search nothing.
            found = (
                ()
                if not self.blocks
                else self._library.GetMatches(
                    Chem.MolFromSmarts(smarts), numThreads=1, maxResults=len(self.blocks)
                )
            )
            self._matches[smarts] = tuple(sorted(found))
        return self._matches[smarts]

    def usable(self, form: int) -> bool:
        """Whether every role of a reaction has a block."""
        return all(self.fitting(form, role) for role in range(len(self.forms[form].roles)))

    def similar(self, form: int, role: int, smiles: str, most: int) -> tuple[int, ...]:
        """Return the blocks of a role that are most like a molecule, itself left out."""
        key = (form, role, smiles, most)
        if key not in self._near:
            fitting = [i for i in self.fitting(form, role) if self.blocks[i] != smiles]
            probe = self._maker.GetCountFingerprint(Chem.MolFromSmiles(smiles))
            likeness = DataStructs.BulkTanimotoSimilarity(
                probe, [self._prints[index] for index in fitting]
            )
            order = np.argsort(-np.array(likeness), kind="stable")[:most]
            self._near[key] = tuple(fitting[int(i)] for i in order)
        return self._near[key]

    def products(self, state: ReactantSet) -> tuple[str, ...]:
        """Return the distinct products of a set of reactants, sorted; none if it is spoilt."""
        form = self.forms[state.form]
        mols = [Chem.MolFromSmiles(smiles) for smiles in state.reactants]
        pairs = zip(state.reactants, mols, strict=True)
        if any(not self._groups_of(s, m).isdisjoint(form.reaction.incompatible) for s, m in pairs):
            return ()
        return tuple(sorted({texts[0] for texts in _run(form.forward, mols)}))

    def sources(self, product: str) -> tuple[ReactantSet, ...]:
        """Return the sets of reactants that make a molecule, with at least one block in each."""
        with rdBase.BlockLogs():
            mol: Any = Chem.MolFromSmiles(product)
        if mol is None:
            return ()
        found = [
            ReactantSet(index, reactants)
            for index, form in enumerate(self.forms)
            for reactants in dict.fromkeys(_run(form.retro, [mol]))
            if any(one in self for one in reactants)
        ]
        return tuple(state for state in found if product in self.products(state))

    def _groups_of(self, smiles: str, mol: Any) -> frozenset[str]:
        if smiles not in self._groups:
            self._groups[smiles] = frozenset(
                name for name, query in self._queries.items() if mol.HasSubstructMatch(query)
            )
        return self._groups[smiles]

    @cached_property
    def _queries(self) -> dict[str, Any]:
        return {name: Chem.MolFromSmarts(smarts) for name, smarts in GROUPS.items()}

    @cached_property
    def _mols(self) -> list[Any]:
        return [Chem.MolFromSmiles(smiles) for smiles in self.blocks]

    @cached_property
    def _library(self) -> Any:
        # Its pattern fingerprints spare most molecules the search, a factor of 3 in time.
        library = rdSubstructLibrary.SubstructLibrary(
            rdSubstructLibrary.MolHolder(), rdSubstructLibrary.PatternHolder()
        )
        for mol in self._mols:
            library.AddMol(mol)
        return library

    @cached_property
    def _maker(self) -> Any:
        return rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)

    @cached_property
    def _prints(self) -> list[Any]:
        return list(self._maker.GetCountFingerprints(self._mols))


def _compiled(smirks: str) -> Any:
    compiled = rdChemReactions.ReactionFromSmarts(smirks)
    with rdBase.BlockLogs():
        compiled.Initialize()
    return compiled


def _roles(smirks: str) -> tuple[str, ...]:
    # Without atom maps, so that reactions that share a kind of reactant share the search for it.
    compiled = rdChemReactions.ReactionFromSmarts(smirks)
    for template in compiled.GetReactants():
        for atom in template.GetAtoms():
            atom.SetAtomMapNum(0)
    return tuple(Chem.MolToSmarts(template) for template in compiled.GetReactants())


def _run(reaction: Any, mols: Sequence[Any]) -> Iterator[tuple[str, ...]]:
    with rdBase.BlockLogs():
        for outcome in reaction.RunReactants(tuple(mols), _MOST_MATCHES):
            texts = tuple(_canonical(mol) for mol in outcome)
            if all(texts) and not any("." in text for text in texts):
                yield texts


def _canonical(mol: Any) -> str:
    if Chem.SanitizeMol(mol, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
        return ""
    # Read anew: stereo marks that no longer mark anything go, implicit hydrogens settle.
    again = Chem.MolFromSmiles(Chem.MolToSmiles(mol))
    return "" if again is None else str(Chem.MolToSmiles(again))
