"""Generator `selfies`: edits of SELFIES, which every string is a molecule of."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pydantic import BaseModel, Field
from rdkit import Chem

from loop.core.base import Frozen
from loop.core.generation_ports import Offspring
from loop.core.ports import Progress, silent
from loop.errors import MissingExtraError, ModelError
from loop.generate.editing import EditError, RandomNumbers, bring_forth, protected
from loop.generate.spelling import ends_of, read_all

_LOCK: Final = threading.Lock()
_END: Final = "At"
_SHORTEST: Final = 2
_DELETE, _INSERT, _REPLACE = range(3)


class SelfiesConfig(Frozen):
    """Options of the generator `selfies`.

    Attributes:
        longest_chain: The most symbols that one attempt changes.
        tries: How often an attempt may be begun before it is given up.
    """

    longest_chain: int = Field(default=3, ge=1, le=50)
    tries: int = Field(default=20, ge=1, le=1000)


class SelfiesEdits:
    """Replaces, inserts and deletes symbols (STONED: Nigam et al., Chem. Sci. 12, 7079 (2021)).

    Every string of SELFIES (Krenn et al., Mach. Learn.: Sci. Technol. 1, 045024 (2020)) is a
    molecule, but not one with two chain ends: those that lost one are begun anew.
    """

    Config: ClassVar[type[BaseModel]] = SelfiesConfig
    materials: ClassVar[frozenset[str]] = frozenset({"molecule", "polymer"})

    def __init__(self, config: SelfiesConfig) -> None:
        self.config = config
        self._selfies = _package()

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> "TaughtSelfies":
        """Collect the symbols of molecules, or of repeat units with two `*`.

        Raises:
            ModelError: there are none, both kinds are among them, one cannot be read, or none
                can be written in SELFIES.
        """
        ends = ends_of(structures)
        examples = tuple(protected(example.molecule) for example in read_all(structures, ends))
        symbols: set[str] = set()
        progress("collecting symbols", 0.0)
        with constrained(self._selfies):
            for example in examples:
                try:
                    symbols.update(_encoded(self._selfies, example))
                except EditError:
                    continue
        alphabet = tuple(sorted(symbol for symbol in symbols if _END not in symbol))
        if not alphabet:
            raise ModelError("none of the examples can be written in SELFIES")
        progress("collecting symbols", 1.0)
        return TaughtSelfies(self._selfies, alphabet, examples, ends, self.config)


def _package() -> Any:
    try:
        import selfies
    except ModuleNotFoundError as cause:
        raise MissingExtraError(
            "generator 'selfies' needs the package 'selfies'",
            hint='pip install "synthloop[selfies]"',
        ) from cause
    return selfies


@contextmanager
def constrained(selfies: Any) -> Iterator[None]:
    """Let chain ends have one bond. The package keeps its rules for the whole process."""
    with _LOCK:
        before = selfies.get_semantic_constraints()
        selfies.set_semantic_constraints(before | {_END: 1})
        try:
            yield
        finally:
            selfies.set_semantic_constraints(before)


def _encoded(selfies: Any, molecule: Any) -> list[str]:
    try:
        return list(selfies.split_selfies(selfies.encoder(Chem.MolToSmiles(molecule))))
    except selfies.EncoderError as cause:
        raise EditError("it cannot be written in SELFIES") from cause


@dataclass(frozen=True)
class TaughtSelfies:
    """SELFIES edits at work.

    Attributes:
        selfies: The package.
        alphabet: Symbols of the examples without chain ends, sorted.
        examples: Protected molecules.
        ends: `*` of a structure.
        config: Options.
    """

    selfies: Any
    alphabet: tuple[str, ...]
    examples: tuple[Any, ...]
    ends: int
    config: SelfiesConfig

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Edit the string of each parent; without parents, those of examples."""
        with constrained(self.selfies):
            return bring_forth(
                self, parents, self.examples, size, seed, ends=self.ends, tries=self.config.tries
            )

    def edit(self, molecule: Any, others: Sequence[Any], rng: RandomNumbers) -> Any:
        """Change symbols of the molecule's string, written from a random atom.

        Raises:
            EditError: it cannot be written in SELFIES, or RDKit does not read what came out.
        """
        del others
        turned = Chem.RenumberAtoms(molecule, rng.permutation(molecule.GetNumAtoms()).tolist())
        symbols = _encoded(self.selfies, turned)
        for _ in range(int(rng.integers(1, self.config.longest_chain + 1))):
            self._change(symbols, rng)
        edited = Chem.MolFromSmiles(self.selfies.decoder("".join(symbols)))
        if edited is None or edited.GetNumAtoms() == 0:
            raise EditError("RDKit does not read what SELFIES wrote")
        return edited

    def _change(self, symbols: list[str], rng: RandomNumbers) -> None:
        place = int(rng.integers(len(symbols)))
        move = int(rng.integers(3))
        new = self.alphabet[int(rng.integers(len(self.alphabet)))]
        if move == _INSERT:
            symbols.insert(place, new)
        elif _END in symbols[place]:
            return
        elif move == _REPLACE:
            symbols[place] = new
        elif move == _DELETE and len(symbols) > _SHORTEST:
            del symbols[place]
