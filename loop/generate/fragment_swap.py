"""Generator `fragment-swap`: a piece of a parent gives way to a piece of the examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, Field
from rdkit import Chem
from rdkit.Chem import BRICS

from loop.core.base import Frozen
from loop.core.generation_ports import Offspring
from loop.core.ports import Progress, silent
from loop.generate.crossover import zipped
from loop.generate.editing import EditError, RandomNumbers, bring_forth, is_end, protected
from loop.generate.spelling import ends_of, read_all

Kind = tuple[tuple[int, ...], int]
"""Labels of the cut bonds of a piece, ascending, and its chain ends."""


class FragmentSwapConfig(Frozen):
    """Options of the generator `fragment-swap`.

    Attributes:
        tries: How often an attempt may be begun before it is given up.
    """

    tries: int = Field(default=10, ge=1, le=1000)


class FragmentSwap:
    """Swaps pieces between BRICS bonds (Degen et al., ChemMedChem 3, 1503 (2008)).

    A piece is replaced by one that was cut at bonds of the same BRICS environments and holds as
    many chain ends, so what is joined is what chemists join.
    """

    Config: ClassVar[type[BaseModel]] = FragmentSwapConfig
    materials: ClassVar[frozenset[str]] = frozenset({"molecule", "polymer"})

    def __init__(self, config: FragmentSwapConfig) -> None:
        self.config = config

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> "TaughtFragmentSwap":
        """Take molecules, or repeat units with two `*`, to pieces.

        Raises:
            ModelError: there are none, both kinds are among them, or one cannot be read.
        """
        ends = ends_of(structures)
        examples = tuple(protected(example.molecule) for example in read_all(structures, ends))
        found: dict[Kind, set[str]] = {}
        for i, example in enumerate(examples):
            if i % 1000 == 0:
                progress("taking the examples to pieces", i / len(examples))
            for piece in cut_at_brics_bonds(example):
                kind = _kind(piece)
                for atom in piece.GetAtoms():
                    atom.SetAtomMapNum(0)
                found.setdefault(kind, set()).add(Chem.MolToSmiles(piece))
        pieces = {kind: tuple(sorted(smiles)) for kind, smiles in found.items()}
        return TaughtFragmentSwap(pieces, examples, ends, self.config)


def cut_at_brics_bonds(molecule: Any) -> list[Any]:
    """Return the pieces; a dummy's isotope is its BRICS label, its map number names the bond."""
    rules: Any = BRICS
    bonds = sorted(rules.FindBRICSBonds(molecule))
    if not bonds:
        return []
    cut = Chem.RWMol(molecule)
    for number, ((a, b), labels) in enumerate(bonds, start=1):
        cut.RemoveBond(a, b)
        for atom, label in zip((a, b), labels, strict=True):
            dummy = Chem.Atom(0)
            dummy.SetIsotope(int(label))
            dummy.SetAtomMapNum(number)
            cut.AddBond(atom, cut.AddAtom(dummy), Chem.BondType.SINGLE)
    Chem.SanitizeMol(cut)
    return list(Chem.GetMolFrags(cut, asMols=True))


def _joints(piece: Any) -> list[Any]:
    return [atom for atom in piece.GetAtoms() if atom.GetAtomicNum() == 0]


def _kind(piece: Any) -> Kind:
    labels = tuple(sorted(joint.GetIsotope() for joint in _joints(piece)))
    return labels, sum(is_end(atom) for atom in piece.GetAtoms())


@dataclass(frozen=True)
class TaughtFragmentSwap:
    """Pieces of the examples, to be swapped in.

    Attributes:
        pieces: SMILES of the pieces of each kind, sorted.
        examples: Protected molecules.
        ends: `*` of a structure.
        config: Options.
    """

    pieces: dict[Kind, tuple[str, ...]]
    examples: tuple[Any, ...]
    ends: int
    config: FragmentSwapConfig

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Swap a piece of each parent; without parents, of examples."""
        return bring_forth(
            self, parents, self.examples, size, seed, ends=self.ends, tries=self.config.tries
        )

    def edit(self, molecule: Any, others: Sequence[Any], rng: RandomNumbers) -> Any:
        """Swap one piece.

        Raises:
            EditError: there is no BRICS bond, or no other piece of the kind.
        """
        del others
        pieces = cut_at_brics_bonds(molecule)
        if not pieces:
            raise EditError("no bond that BRICS cuts")
        place = int(rng.integers(len(pieces)))
        others_of_kind = self.pieces.get(_kind(pieces[place]), ())
        if len(others_of_kind) < 2:
            raise EditError("no other piece fits")
        new = Chem.MolFromSmiles(others_of_kind[int(rng.integers(len(others_of_kind)))])
        old = sorted(_joints(pieces[place]), key=lambda j: (j.GetIsotope(), j.GetAtomMapNum()))
        order = rng.permutation(len(old))
        joints = sorted(
            (joint.GetIsotope(), int(order[i]), joint) for i, joint in enumerate(_joints(new))
        )
        for was, (_, _, joint) in zip(old, joints, strict=True):
            joint.SetAtomMapNum(was.GetAtomMapNum())
        pieces[place] = new
        return zipped(pieces)
