"""The definition of a campaign: what `campaign.toml` says, validated and frozen."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.canonical import canonical_json, digest
from loop.core.generated_space import GeneratedSpace, Space
from loop.core.objective import Objective, Property
from loop.core.plugin_choice import PluginChoice
from loop.core.space import ForbiddenPattern, PoolSpace

__all__ = [
    "CampaignDefinition",
    "ForbiddenPattern",
    "GeneratedSpace",
    "PluginChoice",
    "PoolSpace",
]

SLUG_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$"
NAME_PATTERN = r"^[a-z][a-z0-9_]{0,47}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]


class Feasibility(PluginChoice):
    """Whether failed syntheses teach the loop which candidates can be made.

    Attributes:
        kind: The classifier; "off" asks none.
        least_failures: Candidates whose synthesis failed, before it is asked.
        least_made: Candidates that were made, before it is asked.
        weight: How much the chance that a candidate can be made counts: the gain is multiplied
            by its power of this; 1 is the expected gain when a failed order brings nothing.
        measurement_failures: A failed measurement counts as a failure too; else it says that
            the candidate was made.
    """

    least_failures: Annotated[int, Field(ge=1, le=10_000)] = 5
    least_made: Annotated[int, Field(ge=1, le=10_000)] = 5
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    measurement_failures: bool = False


class Batch(Frozen):
    """How many candidates one round proposes."""

    size: Annotated[int, Field(ge=1, le=384)]


class Budget(Frozen):
    """What the campaign may spend.

    Attributes:
        experiments: Most work orders in all; cancelled ones do not count.
        rounds: Most rounds, if limited.
        cost_per_experiment: Price of one order, in `currency`.
        currency: For people.
    """

    experiments: Annotated[int, Field(ge=1, le=100_000)]
    rounds: Annotated[int, Field(ge=1, le=10_000)] | None = None
    cost_per_experiment: Annotated[float, Field(ge=0)] | None = None
    currency: str = "EUR"


class InitialDesign(Frozen):
    """How the first candidates are chosen, before a model can be trusted.

    Attributes:
        kind: "diverse" spreads over the pool, "random" draws from it; a plug-in's name.
        size: How many results are wanted before the first model is fitted.
    """

    kind: str = "diverse"
    size: Annotated[int, Field(ge=2, le=384)] = 8


class Closing(Frozen):
    """When a round counts as finished, so that one slow sample does not stop the campaign.

    Attributes:
        finished_fraction: Share of the round's orders that must have ended.
        deadline_hours: Hours after approval at which the round closes whatever is missing.
    """

    finished_fraction: Annotated[float, Field(gt=0, le=1)] = 1.0
    deadline_hours: Annotated[float, Field(gt=0)] | None = None


class LabWishes(Frozen):
    """What the lab wants to be told beside the orders.

    Attributes:
        annotate: File the structure drawing with each order, and write prediction and reason
            beside the sample.
    """

    annotate: bool = False


class CampaignDefinition(Frozen):
    """One search with one goal.

    Attributes:
        schema_version: Format of the campaign file (`schema` in the file).
        slug: Name of the campaign's folder, used in ids and addresses.
        title: For people.
        description: For people.
        seed: Source of all randomness.
        decimal: How the lab writes numbers in text: "point" or "comma".
        properties: What is measured, by name.
        objective: What is wanted.
        space: Where candidates come from.
        featurizer: How candidates become numbers; "auto" picks by material.
        surrogate: The model of the property. "transfer-gp" borrows from the source library; where
            that has nothing about the material it is "gp".
        acquisition: How a batch is chosen from the model.
        feasibility: How failed syntheses bear on the choice.
        batch: Size of a batch.
        budget: Limits.
        initial: The first choice.
        approval: Whether a person releases each batch.
        closing: When a round ends.
        lims: Who makes and measures.
        lab: What the lab wants to be told beside the orders.
    """

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    slug: Annotated[str, Field(pattern=SLUG_PATTERN)]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    decimal: Literal["point", "comma"] = "point"
    properties: Annotated[dict[Name, Property], Field(min_length=1)]
    objective: Objective
    space: Space
    featurizer: PluginChoice = PluginChoice(kind="auto")
    surrogate: PluginChoice = PluginChoice(kind="transfer-gp")
    acquisition: PluginChoice = PluginChoice(kind="log-ei")
    feasibility: Feasibility = Feasibility(kind="gp-classifier")
    batch: Batch
    budget: Budget
    initial: InitialDesign = InitialDesign()
    approval: Literal["person", "auto"] = "person"
    closing: Closing = Closing()
    lims: PluginChoice
    lab: LabWishes = LabWishes()

    model_config = ConfigDict(validate_by_alias=True, validate_by_name=True)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.objective.property not in self.properties:
            known = ", ".join(sorted(self.properties))
            raise ValueError(
                f"objective.property is {self.objective.property!r}, "
                f"which is none of the properties: {known}"
            )
        if (
            self.space.material is Material.COLUMNS
            and not self.space.features
            and self.featurizer.kind in {"auto", "columns"}
        ):
            raise ValueError(
                'space.features = [names of numeric columns] for material "columns", or a '
                'featurizer that names its columns, such as kind = "blocks"'
            )
        if self.batch.size > self.budget.experiments:
            raise ValueError(
                f"a batch.size of at most budget.experiments, {self.budget.experiments}; "
                f"it is {self.batch.size}"
            )
        if self.initial.size > self.budget.experiments:
            raise ValueError(
                f"an initial.size of at most budget.experiments, {self.budget.experiments}; "
                f"it is {self.initial.size}"
            )
        return self

    @property
    def target(self) -> Property:
        """The property that is searched for."""
        return self.properties[self.objective.property]

    def digest(self) -> str:
        """Return the digest of the whole definition."""
        return digest(canonical_json(self.model_dump(mode="json", by_alias=True)))
