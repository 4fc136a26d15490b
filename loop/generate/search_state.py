"""Settings of a search, and where one stands."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field


class SearchConfig(BaseModel):
    """Settings of a search.

    `proposals`, `patience` and `seconds` decide where a stream ends, never what is in it, but for
    its last step: a search that ended goes on from its checkpoint when they are raised.

    Attributes:
        policy: `elitist` optimises, `smc` samples.
        size: Particles.
        batch: Attempts per step. Small batches learn sooner from what was just found; large ones
            suit surrogates that are slow per call.
        proposals: Attempts in all, failed ones included.
        renewals: How often an attempt is made anew if the constraints forbid what came of it;
            like a generator's own retries these are no proposals.
        patience: Steps without gain after which it stops.
        gain: Rise of the mean reward of the best `size` visited that counts as gain, log units.
        seconds: Wall time after which it stops; None for no limit.
        keep: `smc`: share of the effective size that the temperature leaves per `size` attempts.
        draw_below: `smc`: effective size, as a share of `size`, below which particles are drawn.
        similar_cost: `elitist`: log units that a twin of a better particle pays.
        similar_above: `elitist`: similarity from which it pays.
        flatness: `elitist`: the smaller, the more often the best breed.
        tiring: Offspring after which a particle breeds half as often.
        checkpoint_steps: Most steps between two checkpoints, if a file is given; slow steps are
            kept after some seconds.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)
    policy: Literal["elitist", "smc"] = "elitist"
    size: Annotated[int, Field(ge=2, le=100_000)] = 100
    batch: Annotated[int, Field(ge=1, le=100_000)] = 25
    proposals: Annotated[int, Field(ge=1)] = 2000
    renewals: Annotated[int, Field(ge=0, le=100)] = 4
    patience: Annotated[int, Field(ge=1)] = 20
    gain: Annotated[float, Field(ge=0)] = 1e-3
    seconds: Annotated[float, Field(gt=0)] | None = None
    keep: Annotated[float, Field(gt=0, lt=1)] = 0.45
    draw_below: Annotated[float, Field(gt=0, le=1)] = 0.5
    similar_cost: Annotated[float, Field(ge=0)] = 2.0
    similar_above: Annotated[float, Field(ge=0, lt=1)] = 0.85
    flatness: Annotated[float, Field(gt=0)] = 0.01
    tiring: Annotated[float, Field(gt=0)] = 5.0
    checkpoint_steps: Annotated[int, Field(ge=1)] = 10


@dataclass(frozen=True)
class Standing:
    """Where a search stands.

    Attributes:
        peak: How many the best visited are, at most `size`, and their mean reward, at the last
            gain.
        step: Steps done.
        tried: Attempts made.
        retries: How often attempts were begun anew beside those, by generators themselves or
            because of the constraints.
        stalled: Steps since the last gain.
        failures: Reason to number of attempts that came to nothing.
        seconds: Wall time used.
        warnings: What the generator wants known, each once.
    """

    peak: tuple[int, float]
    step: int = 0
    tried: int = 0
    retries: int = 0
    stalled: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()


ENDINGS = frozenset({"proposals", "patience", "seconds", "checkpoint_steps"})
"""Settings that a search may change when it goes on from a checkpoint."""
