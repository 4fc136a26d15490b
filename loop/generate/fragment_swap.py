"""Generator `fragment-swap`: a piece of a parent gives way to a piece of the examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Protocol

from pydantic import BaseModel, Field, field_validator
from rdkit import Chem

from loop.core.base import Frozen
from loop.core.generation_ports import Offspring
from loop.core.ports import Progress, silent
from loop.generate.crossover import zipped
from loop.generate.editing import EditError, RandomNumbers, bring_forth, protected
from loop.generate.fragment_cuts import (
    CutsOf,
    Kind,
    brics_cuts,
    exchanged,
    kind_of,
    pieces_of,
    recap_cuts,
)
from loop.generate.matched_pairs import learn_pairs
from loop.generate.spelling import ends_of, read_all

MoveName = Literal["brics", "recap", "matched-pairs"]
_CUTS: Final[dict[str, tuple[str, CutsOf]]] = {
    "brics": ("BRICS", brics_cuts),
    "recap": ("RECAP", recap_cuts),
}


class FragmentSwapConfig(Frozen):
    """Options of the generator `fragment-swap`.

    Attributes:
        moves: How pieces are found, each as likely as the others: "brics" and "recap" cut all
            bonds that chemists make and swap pieces of equal environments; "matched-pairs"
            changes a piece as two examples differ from each other.
        tries: How often an attempt may be begun before it is given up.
    """

    moves: tuple[MoveName, ...] = Field(default=("brics", "recap", "matched-pairs"), min_length=1)
    tries: int = Field(default=10, ge=1, le=1000)

    @field_validator("moves")
    @classmethod
    def _once(cls, value: tuple[MoveName, ...]) -> tuple[MoveName, ...]:
        if len(set(value)) < len(value):
            raise ValueError(f"every move once only; got {', '.join(value)}")
        return value


class Move(Protocol):
    """One way to change a molecule."""

    def edit(self, molecule: Any, rng: RandomNumbers) -> Any:
        """Return an edited molecule.

        Raises:
            EditError: it cannot be made here.
        """


@dataclass(frozen=True)
class PieceSwap:
    """Swaps pieces between bonds that a set of rules cuts.

    A piece is replaced by one that was cut at bonds of the same environments and holds as many
    chain ends, so what is joined is what chemists join.

    Attributes:
        rules: Name of the rules, for messages.
        cuts: Finds the bonds.
        pieces: SMILES of the examples' pieces of each kind, sorted.
    """

    rules: str
    cuts: CutsOf
    pieces: dict[Kind, tuple[str, ...]]

    def edit(self, molecule: Any, rng: RandomNumbers) -> Any:
        """Swap one piece.

        Raises:
            EditError: there is no bond to cut, or no other piece of the kind.
        """
        pieces = pieces_of(molecule, self.cuts(molecule))
        if not pieces:
            raise EditError(f"no bond that {self.rules} cuts")
        place = int(rng.integers(len(pieces)))
        others = self.pieces.get(kind_of(pieces[place]), ())
        return zipped(exchanged(pieces, place, others, rng))


class FragmentSwap:
    """Swaps pieces of molecules or repeat units for pieces of the examples."""

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
        moves = tuple(_learned(name, examples, progress) for name in self.config.moves)
        return TaughtFragmentSwap(moves, examples, ends, self.config)


def _learned(name: MoveName, examples: Sequence[Any], progress: Progress) -> Move:
    if name == "matched-pairs":
        return learn_pairs(examples, progress)
    rules, cuts = _CUTS[name]
    found: dict[Kind, set[str]] = {}
    for i, example in enumerate(examples):
        if i % 1000 == 0:
            progress("taking the examples to pieces", i / len(examples))
        for piece in pieces_of(example, cuts(example)):
            kind = kind_of(piece)
            for atom in piece.GetAtoms():
                atom.SetAtomMapNum(0)
            found.setdefault(kind, set()).add(Chem.MolToSmiles(piece))
    return PieceSwap(rules, cuts, {kind: tuple(sorted(smiles)) for kind, smiles in found.items()})


@dataclass(frozen=True)
class TaughtFragmentSwap:
    """Pieces of the examples, to be swapped in.

    Attributes:
        moves: Ways to find and swap them.
        examples: Protected molecules.
        ends: `*` of a structure.
        config: Options.
    """

    moves: tuple[Move, ...]
    examples: tuple[Any, ...]
    ends: int
    config: FragmentSwapConfig

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Swap a piece of each parent; without parents, of examples."""
        return bring_forth(
            self, parents, self.examples, size, seed, ends=self.ends, tries=self.config.tries
        )

    def edit(self, molecule: Any, others: Sequence[Any], rng: RandomNumbers) -> Any:
        """Swap one piece by one of the moves.

        Raises:
            EditError: that move cannot be made here.
        """
        del others
        choice = int(rng.integers(len(self.moves))) if len(self.moves) > 1 else 0
        return self.moves[choice].edit(molecule, rng)
