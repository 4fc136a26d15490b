"""Generator `mixture`: several generators, each of which makes its share of the attempts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from loop.core.base import Frozen
from loop.core.generation_ports import Generator, Offspring, TaughtGenerator
from loop.core.installed import built
from loop.core.ports import Progress, silent
from loop.errors import ConfigError

GROUP: Final = "synthloop.generators"
_OWN_NAME: Final = "mixture"


class PartSpec(BaseModel):
    """One generator with its options beside it; the generator's own `Config` checks them.

    Attributes:
        kind: Name in the entry-point group `synthloop.generators`.
        weight: Its share of the attempts, in proportion to those of the others.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    kind: str
    weight: float = Field(default=1.0, gt=0.0)

    @field_validator("kind")
    @classmethod
    def _no_mixture(cls, kind: str) -> str:
        if kind == _OWN_NAME:
            raise ValueError("a mixture cannot be part of a mixture; list its parts here")
        return kind


class MixtureConfig(Frozen):
    """Options of the generator `mixture`.

    Attributes:
        generators: What is mixed; one kind may stand here several times with other options.
    """

    generators: Annotated[tuple[PartSpec, ...], Field(min_length=1)]

    parts: ClassVar[Mapping[str, str]] = {"generators": GROUP}


class Mixture:
    """Shares attempts out among generators: kernels that stall alone do not stall together."""

    Config: ClassVar[type[BaseModel]] = MixtureConfig

    def __init__(self, config: MixtureConfig) -> None:
        """Build every part.

        Raises:
            ConfigError: a kind is unknown, an option is refused, or no material suits all.
            MissingExtraError: a package that a part needs is not installed.
        """
        self.config = config
        self.parts: tuple[Generator, ...] = tuple(_built(spec) for spec in config.generators)
        self.materials = frozenset.intersection(*(part.materials for part in self.parts))
        if not self.materials:
            kinds = ", ".join(spec.kind for spec in config.generators)
            raise ConfigError(f"no class of material suits all of the mixture: {kinds}")

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> "TaughtMixture":
        """Teach every part.

        Raises:
            ModelError: one of them cannot learn from the structures.
        """
        taught = tuple(
            part.teach(structures, _share(progress, i, len(self.parts)))
            for i, part in enumerate(self.parts)
        )
        weights = np.array([spec.weight for spec in self.config.generators])
        return TaughtMixture(taught, weights / weights.sum())


def _share(progress: Progress, part: int, parts: int) -> Progress:
    return lambda phrase, share: progress(phrase, (part + share) / parts)


def _built(spec: PartSpec) -> Generator:
    options = spec.model_extra or {}
    generator: Generator = built(GROUP, "generator", spec.kind, options, without=_OWN_NAME)
    return generator


@dataclass(frozen=True)
class TaughtMixture:
    """Taught generators and their shares.

    Attributes:
        parts: The generators.
        shares: Summing to one, `(k,)`.
    """

    parts: tuple[TaughtGenerator, ...]
    shares: NDArray[np.float64]

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Have every part make its share, rounded so that the shares of many calls come out.

        Attempt `i` departs from parent `i % len(parents)` whichever part makes it.
        """
        *seeds, own = np.random.SeedSequence(seed).spawn(len(self.parts) + 1)
        rng = np.random.default_rng(own)
        edges = np.floor(np.cumsum(self.shares) * size + rng.random()).astype(np.intp)
        edges[-1] = size
        # Which attempts are whose is drawn, or a part would always have the same parents.
        owners = np.repeat(np.arange(len(self.parts)), np.diff(edges, prepend=0))
        rng.shuffle(owners)
        made: list[tuple[int, str, str]] = []
        failures: Counter[str] = Counter()
        retries, warnings = 0, dict[str, None]()
        for i, (part, entropy) in enumerate(zip(self.parts, seeds, strict=True)):
            attempts = np.flatnonzero(owners == i)
            if not len(attempts):
                continue
            given = [parents[int(a) % len(parents)] for a in attempts] if parents else []
            found = part.propose(given, len(attempts), _number(entropy))
            notes = found.notes or ("",) * len(found.structures)
            at = found.parents if parents else np.full(len(found.structures), -1, np.intp)
            made += [
                (int(attempts[p]) if p >= 0 else -1, s, n)
                for p, s, n in zip(at, found.structures, notes, strict=True)
            ]
            failures.update(found.failures)
            retries += found.retries
            warnings |= dict.fromkeys(found.warnings)
        gathered = _gathered(made, len(parents), size, failures)
        return replace(gathered, retries=retries, warnings=tuple(warnings))


def _number(entropy: np.random.SeedSequence) -> int:
    return int(entropy.generate_state(1, np.uint64)[0] >> 1)


def _gathered(
    made: list[tuple[int, str, str]],
    parents: int,
    size: int,
    failures: Mapping[str, int],
) -> Offspring:
    made = sorted(made, key=lambda item: item[0])
    at = [attempt % parents if attempt >= 0 else -1 for attempt, _, _ in made]
    noted = any(note for _, _, note in made)
    return Offspring(
        structures=tuple(structure for _, structure, _ in made),
        parents=np.array(at, np.intp),
        tried=size,
        failures=dict(sorted(failures.items())),
        notes=tuple(note for _, _, note in made) if noted else (),
    )
