"""Bonds that chemists make, and the pieces that remain when all of them are cut.

BRICS: Degen, Wegscheid-Gerlach, Zaliani and Rarey, ChemMedChem 2008, 3, 1503. RECAP: Lewell, Judd,
Watson and Hann, J. Chem. Inf. Comput. Sci. 1998, 38, 511.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from rdkit import Chem
from rdkit.Chem import BRICS

from loop.generate.editing import EditError, RandomNumbers, is_end

Kind = tuple[tuple[int, ...], int]
"""Labels of the cut bonds of a piece, ascending, and its chain ends."""


class Cut(NamedTuple):
    """A bond to cut: its two atoms, and what the environment of each is called."""

    a: int
    b: int
    label_a: int
    label_b: int


CutsOf = Callable[[Any], list[Cut]]

# The bond types of RECAP as atom pairs, the first that fits decides. RECAP takes the oxygen of an
# ether and the carbonyl of a urea away; here they stay with a piece, since something must be put
# back in.
_RECAP: Final = (
    ("urea", "[C;$(C(=!@O)([#7])[#7])]-!@[#7;+0;D2,D3]"),
    ("amide", "[C;$(C=!@O)]-!@[#7;+0;!D1]"),
    ("ester", "[C;$(C=!@O)]-!@[O;+0;D2]"),
    ("sulphonamide", "[$(S(=O)=O)]-!@[#7;+0;D2,D3]"),
    ("lactam nitrogen and aliphatic carbon", "[N;+0;$(N-@C=O)]-!@[C]"),
    ("amine", "[N;!D1;+0;!$(N-C=[#7,#8,#15,#16])]-!@[#6]"),
    ("ether", "[#6;!$(C=O)]-!@[O;+0;D2;$(O(-!@[#6])-!@[#6])]"),
    ("aromatic nitrogen and aliphatic carbon", "[n;+0]-!@[C]"),
    ("aromatic nitrogen and aromatic carbon", "[n;+0]-!@[c]"),
    ("two aromatic carbons", "[c]-!@[c]"),
    ("olefin", "[C]=!@[C]"),
)
_ALIKE: Final = frozenset({"two aromatic carbons", "olefin"})
"""Bond types whose two sides are the same environment."""


def brics_cuts(molecule: Any) -> list[Cut]:
    """Return the bonds that BRICS cuts, with its labels."""
    rules: Any = BRICS
    found = sorted(rules.FindBRICSBonds(molecule))
    return [Cut(a, b, int(left), int(right)) for (a, b), (left, right) in found]


def recap_cuts(molecule: Any) -> list[Cut]:
    """Return the bonds that RECAP cuts, each labelled by the first bond type that fits."""
    found: dict[tuple[int, int], Cut] = {}
    for number, (query, alike) in enumerate(_recap_queries()):
        label = 2 * number + 1
        for a, b in molecule.GetSubstructMatches(query):
            if any(is_end(molecule.GetAtomWithIdx(atom)) for atom in (a, b)):
                continue
            place = (min(a, b), max(a, b))
            found.setdefault(place, Cut(a, b, label, label if alike else label + 1))
    return [found[place] for place in sorted(found)]


@cache
def _recap_queries() -> tuple[tuple[Any, bool], ...]:
    return tuple((Chem.MolFromSmarts(smarts), name in _ALIKE) for name, smarts in _RECAP)


def pieces_of(molecule: Any, cuts: Sequence[Cut]) -> list[Any]:
    """Return the pieces; a dummy's isotope is its label, its map number names the bond."""
    if not cuts:
        return []
    cut = Chem.RWMol(molecule)
    for number, (a, b, *labels) in enumerate(cuts, start=1):
        order = molecule.GetBondBetweenAtoms(a, b).GetBondType()
        cut.RemoveBond(a, b)
        for atom, label in zip((a, b), labels, strict=True):
            dummy = Chem.Atom(0)
            dummy.SetIsotope(label)
            dummy.SetAtomMapNum(number)
            cut.AddBond(atom, cut.AddAtom(dummy), order)
    Chem.SanitizeMol(cut)
    return list(Chem.GetMolFrags(cut, asMols=True))


def joints(piece: Any) -> list[Any]:
    """Return the dummy atoms of a piece."""
    return [atom for atom in piece.GetAtoms() if atom.GetAtomicNum() == 0]


def kind_of(piece: Any) -> Kind:
    """Return what a piece must share with another that takes its place."""
    labels = tuple(sorted(joint.GetIsotope() for joint in joints(piece)))
    return labels, sum(is_end(atom) for atom in piece.GetAtoms())


def exchanged(
    pieces: list[Any], place: int, others: Sequence[str], rng: RandomNumbers
) -> list[Any]:
    """Return the pieces with one of them replaced, its cut bonds shuffled among equal labels.

    Raises:
        EditError: there is no other piece of its kind.
    """
    if len(others) < 2:
        raise EditError("no other piece fits")
    new = Chem.MolFromSmiles(others[int(rng.integers(len(others)))])
    old = sorted(joints(pieces[place]), key=lambda j: (j.GetIsotope(), j.GetAtomMapNum()))
    order = rng.permutation(len(old))
    mine = sorted((joint.GetIsotope(), int(order[i]), joint) for i, joint in enumerate(joints(new)))
    for was, (_, _, joint) in zip(old, mine, strict=True):
        joint.SetAtomMapNum(was.GetAtomMapNum())
    return [*pieces[:place], new, *pieces[place + 1 :]]
