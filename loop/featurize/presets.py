"""What a pool is described by when the campaign names no blocks: one bundle per material."""

from typing import Any, ClassVar, Final

from pydantic import BaseModel

from loop.featurize.block import NoOptions
from loop.featurize.bundle import BlockFeaturizer, BlockSpec, BundleConfig

# A few dozen that cost little and mean something to a chemist; `rdkit-2d` alone has two hundred.
_DESCRIPTORS: Final = (
    "FractionCSP3", "MaxEStateIndex", "MinEStateIndex", "BalabanJ", "FpDensityMorgan1",
    "FpDensityMorgan2", "MolWt", "HeavyAtomCount", "MolLogP", "MolMR", "TPSA", "LabuteASA",
    "NumHAcceptors", "NumHDonors", "NumHeteroatoms", "NumRotatableBonds", "NumValenceElectrons",
    "RingCount", "NumAromaticRings", "NumAliphaticRings", "NumAromaticHeterocycles",
    "NumAromaticCarbocycles", "NHOHCount", "NOCount", "Chi0v", "Chi1v", "Chi2v", "Kappa1",
    "Kappa2", "BertzCT", "HallKierAlpha", "fr_halogen", "fr_ester", "fr_ether", "fr_amide",
    "fr_C_O",
)  # fmt: skip
_MORGAN: Final = {"kind": "morgan", "radius": 2, "size": 1024}
_RDKIT: Final = {"kind": "rdkit-2d", "descriptors": _DESCRIPTORS}
_ELEMENTS: Final = {
    "kind": "element-statistics",
    "statistics": ("mean", "variance", "max", "min"),
}


class _Preset(BlockFeaturizer):
    """A bundle that is made once and for all."""

    Config: ClassVar[type[BaseModel]] = NoOptions
    blocks_of: ClassVar[tuple[dict[str, Any], ...]]

    def __init__(self, config: NoOptions) -> None:
        del config
        specs = tuple(BlockSpec.model_validate(block) for block in self.blocks_of)
        super().__init__(BundleConfig(blocks=specs))


class MoleculeDescriptors(_Preset):
    """Morgan counts (ECFP4, 1024) and 36 of RDKit's 2D descriptors."""

    materials: ClassVar[frozenset[str]] = frozenset({"molecule"})
    blocks_of: ClassVar[tuple[dict[str, Any], ...]] = (_MORGAN, _RDKIT)


class PolymerDescriptors(_Preset):
    """The same of a ring of repeat units, per unit, and the shape of the chain."""

    materials: ClassVar[frozenset[str]] = frozenset({"polymer"})
    blocks_of: ClassVar[tuple[dict[str, Any], ...]] = (_MORGAN, _RDKIT, {"kind": "polymer-chain"})


class CompositionDescriptors(_Preset):
    """Statistics of all element properties that do not depend on the size of the formula.

    The four had lower errors on five tables than those of twelve of pymatgen's properties, with a
    forest and with a Gaussian process (`tests/benchmarks/compositions.py`).
    """

    materials: ClassVar[frozenset[str]] = frozenset({"composition"})
    blocks_of: ClassVar[tuple[dict[str, Any], ...]] = (_ELEMENTS,)


class CrystalDescriptors(_Preset):
    """Cell, symmetry, bonds, a coarse radial distribution, and statistics of the elements."""

    materials: ClassVar[frozenset[str]] = frozenset({"crystal"})
    blocks_of: ClassVar[tuple[dict[str, Any], ...]] = (
        {"kind": "lattice"},
        {"kind": "bonding"},
        {"kind": "radial-distribution", "cutoff": 10.0, "width": 0.5, "smearing": 0.25},
        _ELEMENTS,
    )
