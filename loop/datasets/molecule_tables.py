"""Public tables of molecules that a user may give by path."""

from typing import Final

from loop.core.candidate import Material
from loop.datasets.public_table import PublicTable, TableProperty

_GAUCHE: Final = "leojklarner/gauche, commit 338040138787"

MOLECULE_TABLES: Final = (
    PublicTable(
        name="esol",
        file="esol.csv.gz",
        sha256="aa6b8dec56cc581f80b2c8cf5e0200aca5abf5c247f2c75965af82083be1bddd",
        material=Material.MOLECULE,
        structure="smiles",
        conditions=(),
        licence="MIT",
        origin=_GAUCHE,
        problems="measured",
        properties=(TableProperty("log10_solubility_mol_l", "dimensionless", "identity", -13, 3),),
    ),
    PublicTable(
        name="freesolv",
        file="freesolv.csv.gz",
        sha256="194336b7ff27140e4c0cad70b390b132acb56701d41367c3b0af52011ec3f9e1",
        material=Material.MOLECULE,
        structure="smiles",
        conditions=(),
        licence="MIT",
        origin=_GAUCHE,
        problems="measured",
        properties=(
            TableProperty("hydration_free_energy_kcal_mol", "kcal/mol", "identity", -30, 6),
        ),
    ),
    PublicTable(
        name="lipophilicity",
        file="lipophilicity.csv.gz",
        sha256="f85c25a95195891308fe7e96fb65dfd6e6b20629691a889324f5f0b6786457ae",
        material=Material.MOLECULE,
        structure="smiles",
        conditions=(),
        licence="MIT",
        origin=_GAUCHE,
        problems="measured",
        properties=(TableProperty("logd_74", "dimensionless", "identity", -3, 6),),
    ),
)
