"""What is asked of a design without a campaign."""

from dataclasses import dataclass
from typing import Final

from loop.core.generated_space import ExampleList, GeneratedSpace, MakeabilityRules
from loop.core.objective import Objective
from loop.core.plugin_choice import PluginChoice
from loop.core.space import ForbiddenPattern
from loop.design.seeds import Seeds
from loop.errors import ConfigError
from loop.regression.model import RegressionModel
from loop.service.plugins import PluginLookup
from loop.service.space_file import GENERATORS

_TRAINING: Final = "the model's training"


@dataclass(frozen=True)
class DesignTask:
    """What is asked.

    Attributes:
        objective: What is wanted of the model's property, in its unit.
        generator: Makes the candidates.
        proposals: Most attempts.
        keep: Most candidates in the answer.
        particles: Size of the population that searches.
        seeds: Structures to learn and depart from beside those of the model; None for none.
        makeability: Whether it counts that a candidate can be made.
        stock: What can be bought, as `CampaignInventor.read_stock` returned it.
        forbid: SMARTS that no candidate may have.
        seed: Source of all randomness.
    """

    objective: Objective
    generator: PluginChoice
    proposals: int = 2000
    keep: int = 100
    particles: int = 100
    seeds: Seeds | None = None
    makeability: MakeabilityRules | None = None
    stock: bytes | None = None
    forbid: tuple[str, ...] = ()
    seed: int = 0

    def space(self, model: RegressionModel) -> GeneratedSpace:
        """Return the task as a campaign would say it.

        Raises:
            ConfigError: the generator makes another material.
        """
        material = model.request.material
        cls, config = PluginLookup().configure(GENERATORS, self.generator)
        materials = cls(config).materials
        if material.value not in materials:
            raise ConfigError(
                f"generator {self.generator.kind!r} makes {', '.join(sorted(materials))}; "
                f"the model is one of {material.value}"
            )
        seeds = self.seeds
        return GeneratedSpace(
            kind="pool+generated",
            material=material,
            file=_TRAINING,
            examples=None if seeds is None else ExampleList(file="seeds", material=seeds.material),
            generator=self.generator,
            proposals=self.proposals,
            keep=self.keep,
            particles=self.particles,
            makeability=self.makeability,
            forbid=tuple(ForbiddenPattern(smarts=s, reason="not wanted") for s in self.forbid),
        )
