"""Descriptors and names of the models that are built unless a recipe says otherwise."""

from typing import Any, Final

from loop.core.candidate import Material
from loop.errors import ConfigError
from loop.sources.learners import (
    KINDS,
    SINGLE,
    Architecture,
    BoostedTrees,
    KernelModel,
    Learner,
    drawn,
)
from loop.sources.recipe import ModelRecipe, SourceRecipe

_DESCRIPTORS: Final = tuple(
    """
    MaxAbsEStateIndex MaxEStateIndex MinAbsEStateIndex MinEStateIndex SPS MolWt HeavyAtomMolWt
    ExactMolWt NumValenceElectrons NumRadicalElectrons FpDensityMorgan1 FpDensityMorgan2
    FpDensityMorgan3 BalabanJ BertzCT Chi0 Chi0n Chi0v Chi1 Chi1n Chi1v Chi2n Chi2v Chi3n Chi3v
    Chi4n Chi4v HallKierAlpha Kappa1 Kappa2 Kappa3 LabuteASA PEOE_VSA1 PEOE_VSA2 PEOE_VSA3
    PEOE_VSA4 PEOE_VSA5 PEOE_VSA6 PEOE_VSA7 PEOE_VSA8 PEOE_VSA9 PEOE_VSA10 PEOE_VSA11 PEOE_VSA12
    PEOE_VSA13 PEOE_VSA14 SMR_VSA1 SMR_VSA2 SMR_VSA3 SMR_VSA4 SMR_VSA5 SMR_VSA6 SMR_VSA7 SMR_VSA8
    SMR_VSA9 SMR_VSA10 SlogP_VSA1 SlogP_VSA2 SlogP_VSA3 SlogP_VSA4 SlogP_VSA5 SlogP_VSA6
    SlogP_VSA7 SlogP_VSA8 SlogP_VSA9 SlogP_VSA10 SlogP_VSA11 SlogP_VSA12 TPSA EState_VSA1
    EState_VSA2 EState_VSA3 EState_VSA4 EState_VSA5 EState_VSA6 EState_VSA7 EState_VSA8
    EState_VSA9 EState_VSA10 EState_VSA11 VSA_EState1 VSA_EState2 VSA_EState3 VSA_EState4
    VSA_EState5 VSA_EState6 VSA_EState7 VSA_EState8 VSA_EState9 VSA_EState10 FractionCSP3
    HeavyAtomCount NHOHCount NOCount NumAliphaticCarbocycles NumAliphaticHeterocycles
    NumAliphaticRings NumAmideBonds NumAromaticCarbocycles NumAromaticHeterocycles
    NumAromaticRings NumAtomStereoCenters NumBridgeheadAtoms NumHAcceptors NumHDonors
    NumHeteroatoms NumHeterocycles NumRotatableBonds NumSaturatedCarbocycles
    NumSaturatedHeterocycles NumSaturatedRings NumSpiroAtoms NumUnspecifiedAtomStereoCenters Phi
    RingCount MolLogP MolMR
    """.split()  # noqa: SIM905
)
"""RDKit's descriptors without its 85 counts of functional groups: those cost a quarter of the
time, and the fingerprint beside them says the same (mean validation R2 over 28 sources 0.865
without and 0.869 with them and a fingerprint of 512 columns, measured)."""

ORGANIC_BLOCKS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "rdkit-2d", "descriptors": list(_DESCRIPTORS)},
    {"kind": "morgan", "size": 256},
)
COMPOSITION_BLOCKS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "element-statistics", "statistics": ["mean", "variance", "max", "min"]},
    {"kind": "element-fractions"},
)

_ORGANIC: Final = frozenset({Material.MOLECULE, Material.POLYMER})
_SERVED: Final[dict[Material, tuple[Material, ...]]] = {
    Material.MOLECULE: (Material.MOLECULE, Material.POLYMER),
    Material.POLYMER: (Material.POLYMER,),
    Material.COMPOSITION: (Material.COMPOSITION, Material.CRYSTAL),
}
"""Molecule sources serve polymers too, as rings of repeat units; composition sources crystals."""

MODELS: Final = {Material.MOLECULE: "molecules", Material.COMPOSITION: "compositions"}
"""Names of the shared models."""


def model_recipe(
    name: str,
    sources: tuple[SourceRecipe, ...],
    architecture: Architecture | None = None,
    seed: int = 0,
    learner: Learner | None = None,
    blocks: tuple[dict[str, Any], ...] | None = None,
) -> ModelRecipe:
    """Return the recipe of sources that share descriptors and network.

    Args:
        name: Of the model.
        sources: Molecules and polymers, or compositions.
        architecture: Of the network; by default 384-192-64 for several sources, 192-96-32 for
            one.
        seed: Of all randomness.
        learner: What learns instead of a network.
        blocks: Descriptors it reads, where they are not those of the library.

    Raises:
        ConfigError: the materials share no descriptors, or have none here.
    """
    materials = {source.material for source in sources}
    if materials <= _ORGANIC:
        usual = ORGANIC_BLOCKS
    elif materials == {Material.COMPOSITION}:
        usual = COMPOSITION_BLOCKS
    else:
        shown = ", ".join(sorted(material.value for material in materials))
        raise ConfigError(
            f"model {name!r} would be trained on: {shown}; expected molecules and polymers, "
            "or compositions"
        )
    served = {served for material in materials for served in _SERVED[material]}
    return ModelRecipe(
        name=name,
        sources=sources,
        serves=tuple(sorted(served)),
        blocks=blocks or usual,
        architecture=architecture or (Architecture() if len(sources) > 1 else SINGLE),
        learner=learner,
        seed=seed,
    )


def learner_of(
    kind: str,
    material: Material,
    *,
    members: int = 12,
    features: bool = False,
    seed: int = 0,
) -> Learner | None:
    """Return the learner of a kind that is trained here; None for networks.

    Args:
        kind: One of `KINDS`.
        material: Of the source; inputs of compositions hold no counts.
        members: Of a population.
        features: Whether a population gives its last hidden layers to surrogates.
        seed: Of the draw of a population.

    Raises:
        ConfigError: there is no such kind.
    """
    match kind:
        case "trunk" | "single":
            return None
        case "shotgun":
            return drawn(members, seed, features=features, counts=material in _ORGANIC)
        case "trees":
            return BoostedTrees()
        case "gp":
            return KernelModel()
        case "ridge":
            return KernelModel(kind="ridge")
        case _:
            raise ConfigError(f"--kind is {kind!r}; expected one of: {', '.join(KINDS)}")


def serves(source: Material, candidates: Material) -> bool:
    """Whether predictions of a source of one material are of use for candidates of another."""
    return candidates in _SERVED.get(source, ())
