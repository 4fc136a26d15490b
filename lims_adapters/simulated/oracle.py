"""Formulas that know a property of any structure, for rehearsals with candidates nobody has made.

They are exact functions of the structure, not measurements: of use to try a campaign out.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from loop.errors import AdapterError


def true_value(oracle: str, structure: str) -> float:
    """Return what a formula says of a molecule or a repeat unit.

    Args:
        oracle: Its name, see `SimulatedLabConfig.oracles`.
        structure: SMILES; the ends `*` of a repeat unit count as nothing.

    Raises:
        AdapterError: RDKit cannot read the structure.
    """
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(structure) if structure.strip() else None
    if mol is None:
        raise AdapterError(f"the oracle {oracle!r} cannot read the structure {structure!r}")
    return float(_formulas()[oracle](mol))


@lru_cache(maxsize=1)
def _formulas() -> dict[str, Callable[[Any], float]]:
    from rdkit.Chem import rdMolDescriptors

    return {
        "logp": lambda mol: rdMolDescriptors.CalcCrippenDescriptors(mol)[0],
        "molar-refractivity": lambda mol: rdMolDescriptors.CalcCrippenDescriptors(mol)[1],
        "tpsa": rdMolDescriptors.CalcTPSA,
        "exact-mass": rdMolDescriptors.CalcExactMolWt,
    }
