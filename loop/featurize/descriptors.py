"""Numbers of one RDKit molecule: folded Morgan counts and a fixed list of 2D descriptors."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rdkit.Chem import Descriptors, rdFingerprintGenerator

BITS: Final = 1024
RADIUS: Final = 2
CHUNK: Final = 256

INTENSIVE: Final = (
    "FractionCSP3",
    "MaxEStateIndex",
    "MinEStateIndex",
    "BalabanJ",
    "FpDensityMorgan1",
    "FpDensityMorgan2",
)
EXTENSIVE: Final = (
    "MolWt",
    "HeavyAtomCount",
    "MolLogP",
    "MolMR",
    "TPSA",
    "LabuteASA",
    "NumHAcceptors",
    "NumHDonors",
    "NumHeteroatoms",
    "NumRotatableBonds",
    "NumValenceElectrons",
    "RingCount",
    "NumAromaticRings",
    "NumAliphaticRings",
    "NumAromaticHeterocycles",
    "NumAromaticCarbocycles",
    "NHOHCount",
    "NOCount",
    "Chi0v",
    "Chi1v",
    "Chi2v",
    "Kappa1",
    "Kappa2",
    "BertzCT",
    "HallKierAlpha",
    "fr_halogen",
    "fr_ester",
    "fr_ether",
    "fr_amide",
    "fr_C_O",
)
HEAVY_TAILED: Final = frozenset({"MolWt", "BertzCT", "LabuteASA", "Kappa1", "Kappa2"})
COLUMNS: Final = tuple(f"log1p {n}" if n in HEAVY_TAILED else n for n in (*INTENSIVE, *EXTENSIVE))
COUNT_COLUMNS: Final = tuple(f"morgan{RADIUS}_{bit}" for bit in range(BITS))


@lru_cache(maxsize=1)
def _generator() -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)


@lru_cache(maxsize=1)
def _functions() -> dict[str, Callable[[Any], float]]:
    return dict(Descriptors.descList)


def morgan_counts(molecule: Any, copies: int = 1) -> NDArray[np.uint8]:
    """Return folded Morgan counts, shape `(1024,)`, clipped at 255.

    Args:
        molecule: An RDKit molecule.
        copies: Equal repeat units in it; the counts are per unit.
    """
    counts = _generator().GetCountFingerprintAsNumPy(molecule)
    return np.asarray(np.minimum(counts // copies, 255), dtype=np.uint8)


def descriptors(molecule: Any, copies: int = 1) -> NDArray[np.float32]:
    """Return the values of `COLUMNS`, float32; extensive ones are per repeat unit.

    Raises:
        ValueError: a descriptor is not finite; the message names it.
    """
    values = []
    for name in (*INTENSIVE, *EXTENSIVE):
        value = float(_functions()[name](molecule))
        if name in EXTENSIVE:
            value /= copies
        if name in HEAVY_TAILED:
            value = math.copysign(math.log1p(abs(value)), value)
        if not math.isfinite(value):
            raise ValueError(f"descriptor {name} is not finite")
        values.append(value)
    return np.array(values, dtype=np.float32)
