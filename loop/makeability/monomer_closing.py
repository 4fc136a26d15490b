"""What a stretch of chain was before it polymerised, by the declared rules read backward."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from loop.core.polymerisation import HalfUnit, Matches, MonomerClass
from loop.makeability.chain_arcs import query


@cache
def _reaction(smarts: str) -> Any:
    reaction = rdChemReactions.ReactionFromSmarts(smarts)
    reaction.Initialize()
    return reaction


@lru_cache(maxsize=1024)
def _piece(half: str) -> Any:
    # Several rules ask for the same stretch, one after the other.
    return Chem.MolFromSmiles(half)


@lru_cache(maxsize=65_536)
def close_half(
    half: str, unit: HalfUnit, residual: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    """Return the monomers that can become a half-unit, each with its share of practice.

    A monomer counts only if the rules would accept it forward: it belongs to the class, and
    nothing is left on the half-unit that would react as well.

    Args:
        half: SMILES with ends `[1*]` and `[2*]`.
        unit: The use that the rule makes of the monomer.
        residual: SMARTS of groups that would branch the chain.

    Returns:
        Canonical SMILES and share, distinct, likeliest first.
    """
    with rdBase.BlockLogs():
        piece = _piece(half)
        if any(piece.HasSubstructMatch(query(smarts)) for smarts in residual):
            return ()
        found: dict[str, float] = {}
        for smarts, share in unit.closing:
            for (product,) in _reaction(smarts).RunReactants((piece,), maxProducts=64):
                smiles = _monomer(product, unit.monomer)
                if smiles is not None:
                    found[smiles] = max(share, found.get(smiles, 0.0))
    return tuple(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))


def _monomer(product: Any, expected: MonomerClass) -> str | None:
    try:
        Chem.SanitizeMol(product)
    except Chem.MolSanitizeException:
        return None
    if any(not a.GetAtomicNum() for a in product.GetAtoms()):
        return None
    Chem.AssignStereochemistry(product, cleanIt=True, force=True)
    smiles = str(Chem.MolToSmiles(product))
    # Read anew: aromaticity and stereochemistry of the piece need not be those of the monomer.
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or not expected.admits(_matcher(mol)):
        return None
    return str(Chem.MolToSmiles(mol))


def _matcher(mol: Any) -> Matches:
    def matches(smarts: str) -> Sequence[Sequence[int]]:
        found: Sequence[Sequence[int]] = mol.GetSubstructMatches(query(smarts))
        return found

    return matches
