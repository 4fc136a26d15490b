"""Candidates that a generator makes, as a campaign file describes them."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.plugin_choice import PluginChoice
from loop.core.space import ForbiddenPattern, PoolSpace


class ExampleList(Frozen):
    """Structures that teach a generator and are no candidates by themselves.

    Attributes:
        file: CSV or parquet, relative to the campaign's folder; or
        dataset: the name of a data set that the installed packages carry.
        structure: Column of the structures.
        material: What they are, where they are no candidates of the campaign's material, such as
            the monomers (molecules) that a generator makes polymers of.
        on_invalid: What to do with a row that cannot be read.
    """

    file: str | None = None
    dataset: str | None = None
    structure: str = "smiles"
    material: Material | None = None
    on_invalid: Literal["refuse", "skip"] = "refuse"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.dataset is None):
            raise ValueError("give exactly one of file and dataset")
        return self

    def table(self, material: Material) -> PoolSpace:
        """Return how the list is read; a structure that stands there twice teaches once."""
        return PoolSpace(
            material=self.material or material,
            file=self.file,
            dataset=self.dataset,
            structure=self.structure,
            on_invalid=self.on_invalid,
            on_duplicate="merge",
        )


class MakeabilityRules(Frozen):
    """How far it counts that a candidate can be made.

    Attributes:
        planner: Finds routes; its name with its options.
        stock: File of what can be bought: a CSV with a column smiles or inchikey, or one per
            line; relative to the campaign's folder.
        route: "required" forbids every candidate without a route from stock; "known" forbids
            those without any route, and what is not in stock is ordered at half of `cost`;
            "preferred" lets both pay.
        cost: Natural-log units that a candidate without a route from stock pays in the search and
            in the choice: log 10 divides its gain by ten. Half of it if a route is known but
            something of it is not in stock.
        judge: A makeability score; its name with its options.
        weight: Power of the judge's score, from 0 to 1, that multiplies a candidate's gain.
    """

    planner: PluginChoice | None = None
    stock: str | None = None
    route: Literal["required", "known", "preferred"] = "required"
    cost: Annotated[float, Field(ge=0, le=100)] = 2.3
    judge: PluginChoice | None = None
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.planner is None and self.judge is None:
            raise ValueError("give a planner of routes, a judge, or both")
        if (self.planner is None) != (self.stock is None):
            raise ValueError("planner and stock belong together: give both or none")
        return self


class GeneratedSpace(Frozen):
    """Candidates that a generator makes anew in every round, alone or beside a list.

    Attributes:
        kind: "generated", or "pool+generated" where a list of candidates is there from the start.
        material: The class of material of every candidate.
        file: The list, for "pool+generated": see `PoolSpace`; or
        dataset: the name of a data set.
        structure: Column of the structures in the list.
        label: Column with the name that people use.
        id: Column with the lab's own unique id.
        examples: What teaches the generator beside the list; needed for "generated".
        generator: Makes the candidates; its name with its options.
        proposals: Most attempts of a round.
        keep: Most candidates that a round adds.
        particles: Size of the population that searches.
        novelty_cost: Natural-log units that a twin of a known candidate would pay in the search;
            it costs from a Tanimoto similarity of 0.7 on.
        prior: "language-model" has the search climb the posterior: the likelihood of the target
            times the probability that the generator's language model gives a structure, so that it
            does not follow the surrogate to where nothing was measured. "none" climbs the
            likelihood alone.
        makeability: Whether it counts that a candidate can be made.
        forbid: Substructures that exclude a candidate.
        on_invalid: What to do with a row of the list that cannot be read.
        on_duplicate: What to do with a second row of the same candidate.
    """

    kind: Literal["generated", "pool+generated"]
    material: Material
    file: str | None = None
    dataset: str | None = None
    structure: str = "smiles"
    label: str | None = None
    id: str | None = None
    examples: ExampleList | None = None
    generator: PluginChoice
    proposals: Annotated[int, Field(ge=1, le=1_000_000)] = 2000
    keep: Annotated[int, Field(ge=1, le=20_000)] = 200
    particles: Annotated[int, Field(ge=2, le=10_000)] = 100
    novelty_cost: Annotated[float, Field(ge=0, le=100)] = 0.0
    prior: Literal["none", "language-model"] = "none"
    makeability: MakeabilityRules | None = None
    forbid: tuple[ForbiddenPattern, ...] = ()
    on_invalid: Literal["refuse", "skip"] = "refuse"
    on_duplicate: Literal["refuse", "merge"] = "refuse"

    @model_validator(mode="after")
    def _sources(self) -> Self:
        listed = (self.file is not None) + (self.dataset is not None)
        if self.kind == "generated" and listed:
            raise ValueError(
                'kind "generated" has no list of candidates: give the file or dataset under '
                '[space.examples], or write kind = "pool+generated"'
            )
        if self.kind == "generated" and self.examples is None:
            raise ValueError('kind "generated" needs [space.examples], which teach the generator')
        if self.kind == "pool+generated" and listed != 1:
            raise ValueError("give exactly one of file and dataset")
        if self.material is Material.COLUMNS:
            raise ValueError("no generator makes plain columns")
        smiles = self.material in {Material.MOLECULE, Material.POLYMER}
        if not smiles and (self.forbid or self.novelty_cost):
            raise ValueError(
                "forbid and novelty_cost rest on SMILES: they work for molecules and polymers only"
            )
        return self

    @property
    def features(self) -> tuple[str, ...]:
        """The numeric columns that describe a candidate: generated ones have none."""
        return ()

    @property
    def own_table(self) -> PoolSpace | None:
        """How the list of candidates is read; None without one."""
        return self.described if self.kind == "pool+generated" else None

    @property
    def described(self) -> PoolSpace:
        """The space as featurizers are told of it."""
        return PoolSpace.model_construct(
            material=self.material,
            file=self.file,
            dataset=self.dataset,
            structure=self.structure,
            label=self.label,
            id=self.id,
            forbid=self.forbid,
            on_invalid=self.on_invalid,
            on_duplicate=self.on_duplicate,
        )


def _kind(value: Any) -> str:
    # Campaign files of a pool need not name the kind.
    found = value.get("kind", "pool") if isinstance(value, dict) else getattr(value, "kind", "pool")
    return str(found)


Space = Annotated[
    Annotated[PoolSpace, Tag("pool")]
    | Annotated[GeneratedSpace, Tag("generated")]
    | Annotated[GeneratedSpace, Tag("pool+generated")],
    Discriminator(_kind),
]
