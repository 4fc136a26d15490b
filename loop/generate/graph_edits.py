"""Generator `graph-edits`: mutations and crossovers of molecular graphs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import BaseModel, Field
from rdkit import Chem

from loop.core.base import Frozen
from loop.core.generation_ports import Offspring
from loop.core.ports import Progress, silent
from loop.generate.crossover import crossed
from loop.generate.editing import EditError, RandomNumbers, bring_forth, is_end, protected
from loop.generate.graph_moves import MOVES, Chemistry
from loop.generate.spelling import ends_of, read_all


class GraphEditsConfig(Frozen):
    """Options of the generator `graph-edits`.

    Attributes:
        crossover_share: Share of attempts that join pieces of the parent and of an example; the
            others change one atom, bond or ring, up to `longest_chain` times.
        longest_chain: The most changes of one attempt.
        tries: How often an attempt may be begun before it is given up.
    """

    crossover_share: float = Field(default=0.3, ge=0.0, le=1.0)
    longest_chain: int = Field(default=3, ge=1, le=20)
    tries: int = Field(default=20, ge=1, le=1000)


class GraphEdits:
    """Changes graphs by the elements and rings that the examples have."""

    Config: ClassVar[type[BaseModel]] = GraphEditsConfig
    materials: ClassVar[frozenset[str]] = frozenset({"molecule", "polymer"})

    def __init__(self, config: GraphEditsConfig) -> None:
        self.config = config

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> "TaughtGraphEdits":
        """Learn the elements and ring sizes of molecules, or of repeat units with two `*`.

        Raises:
            ModelError: there are none, both kinds are among them, or one cannot be read.
        """
        ends = ends_of(structures)
        examples = tuple(protected(example.molecule) for example in read_all(structures, ends))
        progress("counting elements and rings", 1.0)
        return TaughtGraphEdits(_chemistry(examples), examples, ends, self.config)


def _chemistry(examples: Sequence[Any]) -> Chemistry:
    count: Counter[int] = Counter()
    valences: dict[int, int] = {}
    rings: set[int] = set()
    for molecule in examples:
        for atom in molecule.GetAtoms():
            if is_end(atom) or atom.GetFormalCharge() != 0:
                continue
            element = atom.GetAtomicNum()
            count[element] += 1
            valences[element] = max(valences.get(element, 0), atom.GetTotalValence())
        rings.update(len(ring) for ring in molecule.GetRingInfo().AtomRings())
    elements = tuple(sorted(count))
    shares = tuple(count[z] / count.total() for z in elements)
    return Chemistry(elements, shares, valences, frozenset(rings))


@dataclass(frozen=True)
class TaughtGraphEdits:
    """Graph edits at work.

    Attributes:
        chemistry: Elements and rings that edits may make.
        examples: Protected molecules that crossovers take from.
        ends: `*` of a structure.
        config: Options.
    """

    chemistry: Chemistry
    examples: tuple[Any, ...]
    ends: int
    config: GraphEditsConfig

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Edit each parent; without parents, edit examples."""
        return bring_forth(
            self,
            parents,
            self.examples,
            size,
            seed,
            ends=self.ends,
            tries=self.config.tries,
        )

    def edit(self, molecule: Any, others: Sequence[Any], rng: RandomNumbers) -> Any:
        """Cross the molecule with an example, or change it a few times.

        Raises:
            EditError: the edit that was drawn cannot be made here.
        """
        if rng.random() < self.config.crossover_share:
            return crossed(molecule, others[int(rng.integers(len(others)))], self.ends, rng)
        edited = Chem.RWMol(molecule)
        Chem.Kekulize(edited, clearAromaticFlags=True)
        for step in range(int(rng.integers(1, self.config.longest_chain + 1))):
            if step:
                _refresh(edited)
            MOVES[int(rng.integers(len(MOVES)))](edited, self.chemistry, rng)
        _refresh(edited)
        sizes = {len(ring) for ring in edited.GetRingInfo().AtomRings()}
        had = {len(ring) for ring in molecule.GetRingInfo().AtomRings()}
        if sizes - had - self.chemistry.rings:
            raise EditError("a ring of a size that no example has")
        if edited.HasSubstructMatch(_strained()):
            raise EditError("a ring with a triple bond or two double bonds at one atom")
        return edited


@lru_cache(maxsize=1)
def _strained() -> Any:
    return Chem.MolFromSmarts("[$([r]#[r]),$([r](=[r])=[r])]")


def _refresh(molecule: Any) -> None:
    """Count hydrogens and rings anew."""
    try:
        molecule.UpdatePropertyCache(strict=True)
    except Chem.AtomValenceException as cause:
        raise EditError("a valence that cannot be") from cause
    Chem.FastFindRings(molecule)
    Chem.GetSymmSSSR(molecule)
