"""The descriptors that a pool of crystals gets when the campaign names none."""

from typing import ClassVar, Final

from pydantic import BaseModel

from loop.featurize.bundle import BlockFeaturizer, BlockSpec, BundleConfig
from loop.featurize.crystals import NoOptions

_BLOCKS: Final = (
    BlockSpec.model_validate({"kind": "lattice"}),
    BlockSpec.model_validate({"kind": "bonding"}),
    BlockSpec.model_validate(
        {"kind": "radial-distribution", "cutoff": 10.0, "width": 0.5, "smearing": 0.25}
    ),
    BlockSpec.model_validate(
        {"kind": "element-statistics", "statistics": ["mean", "variance", "max", "min"]}
    ),
)


class CrystalDescriptors(BlockFeaturizer):
    """Cell, symmetry, bonds, a coarse radial distribution, and statistics of the elements."""

    Config: ClassVar[type[BaseModel]] = NoOptions
    materials: ClassVar[frozenset[str]] = frozenset({"crystal"})

    def __init__(self, config: NoOptions) -> None:
        del config
        super().__init__(BundleConfig(blocks=_BLOCKS))
