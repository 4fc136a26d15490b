"""The target tasks of the transfer benchmark, and how their rows are split.

A target is a small table of one property. Protocol: at most 1,000 rows per target stay (drawn
once), so that large tables keep rows for the sources; a seed draws a pool of at most 500 of them,
of which the first rows are for training (nested) and the next 250 for testing. No key of any
target of a block (the design study's targets, the further ones) may occur in a source
(`Task.keys`), and the sources named in `same_property` must not serve that target at all. A
computed gap does serve the measured one, as in the design study.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import Material
from loop.core.ports import Progress, Table, silent
from loop.datasets.inorganic_properties import InorganicProperties
from loop.datasets.molecule_properties import MoleculeProperties
from loop.datasets.public_table import PublicTableLoader
from loop.datasets.public_tables import PUBLIC_TABLES, public_table
from loop.datasets.structure_keys import structure_key
from loop.datasets.thermal_liquid import ThermalLiquid

LARGEST_TASK = 1000
LARGEST_POOL = 500
LARGEST_TEST = 250
SMALLEST_TEST = 50
TRIMMED = 0.002
SIZES = (5, 10, 20, 50, 100)
WHEELS = {d.name: d for d in (MoleculeProperties, InorganicProperties, ThermalLiquid)}

Scale = Literal["identity", "log10", "log10(x - 1)"]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Task:
    """A loaded target: `n` rows with distinct keys.

    Attributes:
        structures: As the table writes them, length n.
        keys: What leak checks compare, length n, sorted.
        values: Shape `(n,)`, on the target's scale.
    """

    structures: tuple[str, ...]
    keys: tuple[str, ...]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """One target.

    Attributes:
        name: Of the task.
        table: Data set or public table.
        column: The property.
        unit: Of the property, before the scale.
        scale: What is learned.
        material: Class of the rows.
        same_property: (table, column) of sources that are the same property under another name
            or computed from it; they must not serve this target.
        between: Values outside are left out.
        condition: Column and range that rows must fall into.
        half: Keep only the half of the polymers that sources leave alone (one simulator, many
            properties: `source_half` is the other one).
        study: Whether it is a target of the design study, whose figures are the goal.
    """

    name: str
    table: str
    column: str
    unit: str
    scale: Scale
    material: Material
    same_property: tuple[tuple[str, str], ...] = ()
    between: tuple[float, float] = (-np.inf, np.inf)
    condition: tuple[str, float, float] | None = None
    half: bool = False
    study: bool = False

    @property
    def needs_files(self) -> bool:
        """Whether its table is given by path, not carried by a wheel."""
        return self.table not in WHEELS

    @property
    def inorganic(self) -> bool:
        """Whether it belongs to the composition domain."""
        return self.material is Material.COMPOSITION

    def load(self, cache: Path, folder: Path | None = None, progress: Progress = silent) -> Task:
        """Return the rows, one per key (median over repeats), trimmed by 0.2 % at both ends."""
        table = read(self.table, cache, folder, progress)
        structures = [str(text) for text in structure_column(self.table, table)]
        keys = keys_of(self.material, table, structures)
        values = scaled(self.scale, self._usable(table))
        found: dict[str, list[float]] = {}
        first: dict[str, str] = {}
        for key, text, value in zip(keys, structures, values, strict=True):
            if key is not None and np.isfinite(value):
                found.setdefault(key, []).append(value)
                first.setdefault(key, text)
        names = sorted(found)
        if self.half:
            # Of all polymers of the table, whichever property they have: halves of several
            # targets must not add up to the whole.
            every = sorted({key for key in keys if key is not None})
            theirs = {key for key, mask in zip(every, source_half(len(every)), strict=True) if mask}
            names = [name for name in names if name not in theirs]
        median = np.array([np.median(found[name]) for name in names])
        low, high = np.quantile(median, (TRIMMED, 1 - TRIMMED))
        kept = np.flatnonzero((median >= low) & (median <= high))
        if len(kept) > LARGEST_TASK:
            kept = np.sort(np.random.RandomState(0).permutation(kept)[:LARGEST_TASK])
        chosen = tuple(names[i] for i in kept)
        return Task(tuple(first[name] for name in chosen), chosen, median[kept])

    def _usable(self, table: Table) -> NDArray[np.float64]:
        values = floats(table.columns[self.column])
        low, high = self.between
        values[~((values > low) & (values < high))] = np.nan
        if self.condition is not None:
            name, least, most = self.condition
            given = floats(table.columns[name])
            values[~((given >= least) & (given <= most))] = np.nan
        return values


def floats(column: Sequence[object]) -> NDArray[np.float64]:
    """Return a column as numbers; missing cells become NaN."""
    return np.array([np.nan if cell is None else cell for cell in column], dtype=float)


def scaled(scale: Scale, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values on a scale; NaN where it is not defined."""
    change: Callable[[NDArray[np.float64]], NDArray[np.float64]] = {
        "identity": lambda x: x,
        "log10": lambda x: np.log10(np.where(x > 0, x, np.nan)),
        "log10(x - 1)": lambda x: np.log10(np.where(x > 1, x - 1, np.nan)),
    }[scale]
    return change(values)


def read(name: str, cache: Path, folder: Path | None, progress: Progress = silent) -> Table:
    """Return a data set of the wheels or a public table."""
    if name in WHEELS:
        return WHEELS[name]().load(cache, progress)
    return PublicTableLoader(public_table(name), folder).load(cache, progress)


def structure_column(name: str, table: Table) -> Sequence[object]:
    """Return the structures of a table."""
    known = {record.name: record.structure for record in PUBLIC_TABLES}
    column = known.get(name, "smiles" if "smiles" in table.columns else "formula")
    return table.columns[column]


def keys_of(material: Material, table: Table, structures: Sequence[str]) -> list[str | None]:
    """Return the keys that leak checks compare."""
    if "key" in table.columns:
        return [None if key is None else str(key) for key in table.columns["key"]]
    return [structure_key(material, text) for text in structures]


def source_half(n_rows: int) -> NDArray[np.bool_]:
    """Return which of the sorted keys of a simulated table belong to sources, shape `(n,)`."""
    return np.random.RandomState(0).permutation(n_rows) < n_rows // 2


def splits(n_rows: int, seed: int, sizes: Sequence[int] = SIZES) -> tuple[dict[int, Rows], Rows]:
    """Return training rows by size, and test rows, of one seed.

    The training sets are nested; the test set is the same for every size and shares no row with
    any of them. Sizes that are more than half of the pool, or leave fewer than 50 test rows, are
    left out.
    """
    pool = np.random.RandomState(1000 + seed).permutation(n_rows)[:LARGEST_POOL]
    possible = [n for n in sizes if 2 * n <= len(pool) and len(pool) - n >= SMALLEST_TEST]
    start = max(possible, default=0)
    return {n: pool[:n] for n in possible}, pool[start : start + LARGEST_TEST]


def _wheel(name: str, column: str, unit: str, scale: Scale, *also: tuple[str, str]) -> Target:
    table = MoleculeProperties.name
    same = ((table, column), *also)
    return Target(name, table, column, unit, scale, Material.MOLECULE, same, study=True)


def _mineral(name: str, column: str, unit: str, scale: Scale) -> Target:
    table = InorganicProperties.name
    return Target(name, table, column, unit, scale, Material.COMPOSITION, ((table, column),))


def _radonpy(name: str, column: str, unit: str, scale: Scale, *also: tuple[str, str]) -> Target:
    table = "radonpy-pi1070"
    same = ((table, column), *also)
    return Target(name, table, column, unit, scale, Material.POLYMER, same, half=True, study=True)


def _polyverse(
    what: str, column: str, *also: tuple[str, str], unit: str = "eV", study: bool = False
) -> Target:
    table = f"polyverse-{what}"
    same = ((table, column), *also)
    name = what.replace("-", " ")
    return Target(name, table, column, unit, "identity", Material.POLYMER, same, study=study)


# One library serves molecules and polymers, so a property of the one is the same in the other.
_LIQUID_CONDUCTIVITY = ("thermal-liquid", "thermal_conductivity_w_mk")
_POLYMER_CONDUCTIVITIES = (
    ("radonpy-pi1070", "thermal_conductivity_w_mk"),
    ("radonpy-pi1070", "thermal_diffusivity_m2_s"),
    ("neurips-open-polymer-2025", "thermal_conductivity_w_mk"),
)
_POLYMER_PERMITTIVITY = ("radonpy-pi1070", "static_dielectric")
_BARRIER = ("polyverse-electron-injection-barrier", "electron_injection_barrier_ev")

ORGANIC_TARGETS = (
    _wheel("permittivity", "permittivity", "dimensionless", "log10", _POLYMER_PERMITTIVITY),
    _wheel("surface tension", "surface_tension_298k_mn_m", "mN/m", "identity"),
    _wheel("viscosity", "liquid_viscosity_298k_pa_s", "Pa*s", "log10"),
    _wheel("heat of fusion", "enthalpy_of_fusion_j_mol", "J/mol", "log10"),
    Target(
        "liquid thermal conductivity", "thermal-liquid", "thermal_conductivity_w_mk", "W/m/K",
        "identity", Material.MOLECULE, (_LIQUID_CONDUCTIVITY, *_POLYMER_CONDUCTIVITIES),
        study=True,
    ),
    Target(
        "hydration free energy", "freesolv", "hydration_free_energy_kcal_mol", "kcal/mol",
        "identity", Material.MOLECULE, (("freesolv", "hydration_free_energy_kcal_mol"),),
        study=True,
    ),
    Target(
        "solubility", "esol", "log10_solubility_mol_l", "dimensionless", "identity",
        Material.MOLECULE, (("esol", "log10_solubility_mol_l"),),
    ),
    Target(
        # Of a compound that does not ionise, logD is logP.
        "lipophilicity", "lipophilicity", "logd_74", "dimensionless", "identity",
        Material.MOLECULE,
        (("lipophilicity", "logd_74"), ("molecule-properties", "octanol_water_log_p")),
    ),
    # The injection barrier is a metal's work function less the electron affinity.
    _polyverse("electron-affinity", "electron_affinity_ev", _BARRIER, study=True),
    _polyverse("ionization-energy", "ionization_energy_ev"),
    _polyverse("atomization-energy", "atomization_energy_ev_atom"),
    _polyverse(
        "bandgap-chain", "bandgap_chain_ev", ("xenonpy-iqspr-polymers", "bandgap_ev")
    ),
    _polyverse("cohesive-energy-density", "cohesive_energy_density", unit="cal/cm**3"),
    _radonpy(
        "polymer thermal conductivity", "thermal_conductivity_w_mk", "W/m/K", "identity",
        _LIQUID_CONDUCTIVITY, *_POLYMER_CONDUCTIVITIES[1:],
    ),
    _radonpy("polymer bulk modulus", "bulk_modulus_pa", "Pa", "log10"),
    _radonpy(
        "polymer static dielectric", "static_dielectric", "dimensionless", "log10",
        ("molecule-properties", "permittivity"),
    ),
)  # fmt: skip

_AFLOW = "aflow-properties"
_MEASURED_CONDUCTIVITY = ("estm-300k", "thermal_conductivity_300k_w_mk")
INORGANIC_TARGETS = (
    Target(
        "lattice thermal conductivity", _AFLOW, "kappa_agl_300k_w_mk", "W/m/K", "log10",
        Material.COMPOSITION,
        # One quasi-harmonic model gives all three.
        (
            (_AFLOW, "kappa_agl_300k_w_mk"),
            (_AFLOW, "debye_temperature_k"),
            (_AFLOW, "thermal_expansion_300k_per_k"),
            _MEASURED_CONDUCTIVITY,
        ),
        study=True,
    ),
    Target(
        "last phonon peak", "matbench-phonons", "last_phonon_peak_cm1", "1/cm", "log10",
        Material.COMPOSITION, (("matbench-phonons", "last_phonon_peak_cm1"),),
        study=True,
    ),
    Target(
        "measured gap", "matbench-expt-gap", "band_gap_expt_ev", "eV", "identity",
        Material.COMPOSITION, (("matbench-expt-gap", "band_gap_expt_ev"),), between=(0.0, np.inf),
        study=True,
    ),
    Target(
        "refractive index", "matbench-dielectric", "refractive_index_dft", "dimensionless",
        "log10(x - 1)", Material.COMPOSITION, (("matbench-dielectric", "refractive_index_dft"),),
        study=True,
    ),
    Target(
        "thermoelectric conductivity", "estm-300k", "thermal_conductivity_300k_w_mk", "W/m/K",
        "log10", Material.COMPOSITION,
        (_MEASURED_CONDUCTIVITY, (_AFLOW, "kappa_agl_300k_w_mk")),
    ),
    Target(
        # Hardness falls with load: one decade of loads keeps repeats comparable.
        "hardness", "polyverse-vickers-hardness", "vickers_hardness_gpa", "GPa", "log10",
        Material.COMPOSITION, (("polyverse-vickers-hardness", "vickers_hardness_gpa"),),
        condition=("load_n", 0.9, 10.0),
    ),
    _mineral("inorganic melting point", "melting_point_k", "K", "log10"),
    _mineral("inorganic entropy", "entropy_solid_j_mol_k_atom", "J/mol/K", "identity"),
)  # fmt: skip

TARGETS = (*ORGANIC_TARGETS, *INORGANIC_TARGETS)
