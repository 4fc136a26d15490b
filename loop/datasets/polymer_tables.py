"""Public tables of polymers (repeat units with two `*`) that a user may give by path."""

from typing import Final

from loop.core.candidate import Material
from loop.datasets.public_table import PublicTable, TableProperty

_GTRC: Final = (
    "GTRC licence (free redistribution with the licence text and notice of changes, "
    "no sale, share-alike)"
)
_POLYVERSE: Final = "Ramprasad-Group/polyVERSE, commit 8463838bc1b7"

POLYMER_TABLES: Final = (
    PublicTable(
        name="radonpy-pi1070",
        file="radonpy_pi1070.csv.gz",
        sha256="626edd4836a221f55bc9a0d21a1ea1cb560f804fedbe8b85daf8f6afee99498d",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence="BSD-3-Clause",
        origin="RadonPy/RadonPy, commit 648c9a492808, data/PI1070.csv",
        problems=(
            "molecular dynamics at 300 K and density functional theory of the "
            "monomer, not measured; static_dielectric has outliers to 130"
        ),
        properties=(
            TableProperty("homo_ev", "eV", "identity", -20, 0),
            TableProperty("lumo_ev", "eV", "identity", -10, 10),
            TableProperty("dipole_debye", "debye", "identity", 0, 30),
            TableProperty("polarizability_a3", "angstrom**3", "log10", 1, 300),
            TableProperty("density_g_cm3", "g/cm**3", "identity", 0.5, 3),
            TableProperty("rg_angstrom", "angstrom", "log10", 3, 200),
            TableProperty("self_diffusion_m2_s", "m**2/s", "log10", 1e-14, 1e-09),
            TableProperty("cp_j_kg_k", "J/kg/K", "identity", 300, 8000),
            TableProperty("bulk_modulus_pa", "Pa", "log10", 100000000.0, 30000000000.0),
            TableProperty("linear_expansion_per_k", "1/K", "identity", 0, 0.001),
            TableProperty("static_dielectric", "dimensionless", "log10", 1, 150),
            TableProperty("refractive_index", "dimensionless", "identity", 1.1, 2.5),
            TableProperty("thermal_conductivity_w_mk", "W/m/K", "identity", 0.03, 2),
            TableProperty("thermal_diffusivity_m2_s", "m**2/s", "identity", 1e-08, 1e-06),
        ),
    ),
    PublicTable(
        name="polymetrix-tg",
        file="polymetrix_tg.csv.gz",
        sha256="3854a73d85eb4518a17b42e49099998f3d5cc8cd28b385fcb31ea35f6672b409",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=(
            "MIT (repository); most records trace to PoLyInfo, whose owner asserts "
            "copyright: research use only"
        ),
        origin="lamalab-org/PolyMetriX, commit f61def9e1c6e",
        problems="21 polymers differ by more than 30 K between records",
        properties=(TableProperty("tg_k", "K", "identity", 100, 900),),
    ),
    PublicTable(
        name="neurips-open-polymer-2025",
        file="neurips_open_polymer_2025.csv.gz",
        sha256="1e3ed8454526f8c069e850d2305b04d379982cdeeba0c775eaf4c64164badf2b",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=(
            "MIT stated for the competition data; the mirroring repository has no licence file"
        ),
        origin="fate1997/polymon, commit 31e59677178e, database/raw_csv/kaggle.csv",
        problems=(
            "molecular dynamics; thermal conductivity shares 255 polymers with "
            "radonpy_pi1070 under another protocol"
        ),
        properties=(
            TableProperty("tg_c", "degC", "identity", -150, 500),
            TableProperty("ffv", "dimensionless", "identity", 0.15, 0.85),
            TableProperty("thermal_conductivity_w_mk", "W/m/K", "identity", 0.02, 2),
            TableProperty("density_g_cm3", "g/cm**3", "identity", 0.5, 3),
            TableProperty("rg_angstrom", "angstrom", "log10", 3, 200),
        ),
    ),
    PublicTable(
        name="polyverse-bandgap-chain",
        file="polyverse_bandgap_chain.csv.gz",
        sha256="441722576cb8800c15cb2f80f77aefde3c22d8d346b87a99b9ae956283b00304",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=_GTRC,
        origin=_POLYVERSE,
        problems="density functional theory of a single chain",
        properties=(TableProperty("bandgap_chain_ev", "eV", "identity", 0, 12),),
    ),
    PublicTable(
        name="polyverse-electron-affinity",
        file="polyverse_electron_affinity.csv.gz",
        sha256="79439c8530ffcface4395d8da69ddbcf6d4c8176a0abe283a3888531b2a10c92",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=_GTRC,
        origin=_POLYVERSE,
        problems="density functional theory",
        properties=(TableProperty("electron_affinity_ev", "eV", "identity", -5, 8),),
    ),
    PublicTable(
        name="polyverse-ionization-energy",
        file="polyverse_ionization_energy.csv.gz",
        sha256="cb131612d20c0ffd28a05181d1a37224313723fac57a676801a9ac9253678e15",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=_GTRC,
        origin=_POLYVERSE,
        problems="density functional theory",
        properties=(TableProperty("ionization_energy_ev", "eV", "identity", 2, 14),),
    ),
    PublicTable(
        name="polyverse-atomization-energy",
        file="polyverse_atomization_energy.csv.gz",
        sha256="db8067e17fbe32dc3bf27c0b1a9c84f0f5e4cc18da08899bd80c6bccf4a245ae",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=_GTRC,
        origin=_POLYVERSE,
        problems="density functional theory",
        properties=(TableProperty("atomization_energy_ev_atom", "eV", "identity", -10, 0),),
    ),
    PublicTable(
        name="polyverse-cohesive-energy-density",
        file="polyverse_cohesive_energy_density.csv.gz",
        sha256="ae5dba3e4be86396694c42df5483a87a0bb75dfe98573774dbb173f1b11fa3ba",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=_GTRC,
        origin=_POLYVERSE,
        problems="method not stated",
        properties=(TableProperty("cohesive_energy_density", "cal/cm**3", "identity", 10, 500),),
    ),
    PublicTable(
        name="polyverse-electron-injection-barrier",
        file="polyverse_electron_injection_barrier.csv.gz",
        sha256="05e7f1442397044cbf3306d6cda51d6202d8a5d4d88f6a1182eec0779074c2b7",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=_GTRC,
        origin=_POLYVERSE,
        problems="density functional theory",
        properties=(TableProperty("electron_injection_barrier_ev", "eV", "identity", -5, 10),),
    ),
    PublicTable(
        name="bicerano-afzal-tg-density",
        file="bicerano_afzal_tg_density.csv.gz",
        sha256="9553bf524238a6d8ff8ee49ae082ae03553e72509d0db3cfe92ed5274b040d1d",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence=(
            "supporting information of Afzal et al., ACS Appl. Polym. Mater. 2021; "
            "publisher's terms"
        ),
        origin="fate1997/polymon, commit 31e59677178e",
        problems="measured beside simulated",
        properties=(
            TableProperty("tg_exp_k", "K", "identity", 100, 900),
            TableProperty("tg_md_k", "K", "identity", 100, 900),
            TableProperty("density_exp_g_cm3", "g/cm**3", "identity", 0.5, 3),
            TableProperty("density_md_g_cm3", "g/cm**3", "identity", 0.5, 3),
        ),
    ),
    PublicTable(
        name="xenonpy-iqspr-polymers",
        file="xenonpy_iqspr_polymers.csv.gz",
        sha256="68e03886a5ffca45fdc9dcec6154165e281616100492db378aad0e550507d4e4",
        material=Material.POLYMER,
        structure="psmiles",
        conditions=(),
        licence="BSD-3-Clause",
        origin="yoshida-lab/XenonPy, commit 4b62835b6c05",
        problems="small",
        properties=(
            TableProperty("bandgap_ev", "eV", "identity", 0, 15),
            TableProperty("refractive_index", "dimensionless", "identity", 1.1, 2.5),
            TableProperty("density_g_cm3", "g/cm**3", "identity", 0.5, 3),
            TableProperty("tg_k", "K", "identity", 100, 900),
        ),
    ),
)
