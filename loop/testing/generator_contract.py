"""What every generator must hold, as tests to inherit.

A plug-in author subclasses `GeneratorContract` in a test module, fills in the methods, and runs
pytest. The contract is what lets a search repeat a round after a crash, count what failed, and
put every structure it is given straight into the pool.
"""

import json
import os
import random
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from loop.core.candidate import Material
from loop.core.generation_ports import Offspring
from loop.errors import DataError

_SEED = 11

_FRESH = """
import json, sys
from importlib import import_module
told = json.loads(sys.stdin.read())
cls = getattr(import_module(told["module"]), told["name"])
taught = cls(cls.Config.model_validate(told["config"])).teach(told["examples"])
made = taught.propose(told["parents"], told["size"], told["seed"])
print(json.dumps([list(made.structures), made.parents.tolist(), dict(made.failures)]))
"""


class GeneratorContract(ABC):
    """Tests of one generator.

    Attributes:
        size: Attempts per call.
        least_made: Share of the attempts that must give a structure.
        reads_parents: Whether it departs from parents; one that does not ignores them.
        needs_parents: Whether it refuses to work without.
    """

    size: ClassVar[int] = 200
    least_made: ClassVar[float] = 0.2
    reads_parents: ClassVar[bool] = True
    needs_parents: ClassVar[bool] = False

    @abstractmethod
    def generator(self) -> Any:
        """Return the generator built anew, with the settings to be tested, kept as `config`."""

    @abstractmethod
    def examples(self) -> Sequence[str]:
        """Return what it learns from, in canonical form, always the same."""

    @abstractmethod
    def parents(self) -> Sequence[str]:
        """Return two or more structures to depart from, in canonical form."""

    @abstractmethod
    def canonical(self, structure: str) -> str:
        """Return a structure as pools store it; raise an error if it is none.

        Use another way than the generator's own.
        """

    def unreadable(self) -> Sequence[str]:
        """Return texts that are no structures of this material."""
        return ("no structure", "")

    def proposed(self, size: int | None = None, seed: int = _SEED) -> Offspring:
        """Return what a generator that was just taught proposes."""
        taught = self.generator().teach(self.examples())
        return taught.propose(self.parents(), self.size if size is None else size, seed)  # type: ignore[no-any-return]

    def test_it_says_what_it_makes(self) -> None:
        """Its materials exist, and a misspelt setting is refused."""
        cls = type(self.generator())
        assert cls.materials
        assert cls.materials <= {material.value for material in Material}
        with pytest.raises(ValidationError, match="no_such_setting"):
            cls.Config.model_validate({"no_such_setting": 1})

    def test_structures_are_valid_and_canonical(self) -> None:
        """Whatever comes out can stand in a pool as it is."""
        made = self.proposed()
        assert len(made.structures) >= self.least_made * self.size
        for structure in dict.fromkeys(made.structures):
            assert self.canonical(structure) == structure

    def test_no_structure_equals_its_parent(self) -> None:
        """What did not change is a failure, not a proposal."""
        made, parents = self.proposed(), [self.canonical(p) for p in self.parents()]
        for structure, parent in zip(made.structures, made.parents.tolist(), strict=True):
            assert parent < 0 or structure != parents[parent]

    def test_every_attempt_is_accounted_for(self) -> None:
        """Structures and failures add up to the attempts; reasons are words."""
        made = self.proposed()
        assert made.tried == self.size
        assert len(made.structures) + sum(made.failures.values()) == made.tried
        assert all(reason.strip() and count > 0 for reason, count in made.failures.items())

    def test_the_arrays_fit_the_structures(self) -> None:
        """Parents, log priors and notes are one per structure, of the right kind."""
        made, n = self.proposed(), len(self.parents())
        count = len(made.structures)
        assert made.parents.shape == (count,)
        assert made.parents.dtype == np.intp
        assert ((made.parents >= -1) & (made.parents < n)).all()
        assert made.log_prior is None or made.log_prior.shape == (count,)
        assert made.log_prior is None or np.isfinite(made.log_prior).all()
        assert len(made.notes) in (0, count)

    def test_parents_take_turns(self) -> None:
        """Attempt i uses parent i modulo their number, so no parent has more than its share."""
        made, n = self.proposed(), len(self.parents())
        known = made.parents[made.parents >= 0]
        assert np.bincount(known, minlength=n).max(initial=0) <= -(-self.size // n)
        assert self.proposed(size=1).parents.max(initial=-1) <= 0

    def test_the_same_seed_gives_the_same_offspring(self) -> None:
        """Proposals can be repeated, on what was taught before and on what is taught anew."""
        taught = self.generator().teach(self.examples())
        first = taught.propose(self.parents(), self.size, _SEED)
        other = taught.propose(self.parents(), self.size, _SEED + 1)
        again = taught.propose(self.parents(), self.size, _SEED)
        assert _told(first) == _told(again) == _told(self.proposed())
        assert _told(first) != _told(other)

    def test_a_fresh_process_proposes_the_same(self) -> None:
        """Neither the order of hashes nor what ran before has a say."""
        generator = self.generator()
        told = {
            "module": type(generator).__module__,
            "name": type(generator).__name__,
            "config": generator.config.model_dump(mode="json"),
            "examples": list(self.examples()),
            "parents": list(self.parents()),
            "size": self.size,
            "seed": _SEED,
        }
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", _FRESH],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONHASHSEED": "4"},
        )
        assert done.returncode == 0, done.stderr
        made = self.proposed()
        here = [list(made.structures), made.parents.tolist(), dict(made.failures)]
        assert json.loads(done.stdout.splitlines()[-1]) == here

    def test_global_randomness_is_left_alone(self) -> None:
        """All randomness comes from the seed, and other people's streams go on."""
        before = _global_streams()
        self.proposed()
        assert _global_streams() == before

    def test_no_attempts_give_no_offspring(self) -> None:
        """A size of 0 is answered, with nothing in it."""
        made = self.proposed(size=0)
        assert (made.structures, made.tried, dict(made.failures)) == ((), 0, {})
        assert made.parents.shape == (0,)

    def test_without_parents(self) -> None:
        """It either works without parents, and then says so, or refuses in words."""
        taught = self.generator().teach(self.examples())
        if self.needs_parents:
            with pytest.raises(DataError, match="parent"):
                taught.propose([], self.size, _SEED)
            return
        made = taught.propose([], self.size, _SEED)
        assert made.structures
        assert (made.parents == -1).all()

    def test_unreadable_parents_are_named(self) -> None:
        """The one bad parent among good ones is shown with its place, counted from 1."""
        taught = self.generator().teach(self.examples())
        if not self.reads_parents:
            assert taught.propose(self.unreadable(), self.size, _SEED).structures
            return
        for text in self.unreadable():
            with pytest.raises(DataError) as caught:
                taught.propose([*self.parents(), text], self.size, _SEED)
            shown = str(caught.value)
            assert repr(text)[1:40] in shown or text[:40] in shown
            assert str(len(self.parents()) + 1) in shown


def _told(made: Offspring) -> tuple[Any, ...]:
    prior = None if made.log_prior is None else made.log_prior.tobytes()
    failures = sorted(made.failures.items())
    return made.structures, made.parents.tolist(), failures, prior, made.notes


def _global_streams() -> tuple[Any, ...]:
    state: Any = np.random.get_state()  # noqa: NPY002 - it is looked at, not used
    return random.getstate(), state[1].tobytes(), state[2:]
