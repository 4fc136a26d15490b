"""Thermal conductivity of organic liquids at 298.15 K, from tables that ship in wheels.

The values are correlations fitted to measurements (DIPPR 100 and VDI), not single measurements:

- `chemicals`: Perry's Handbook, table 2-315, used only inside each row's own temperature range;
- `chemicals`: VDI PPDS, saturated liquids, used only between melting and boiling point;
- `thermo`: DIPPR 100 fits to data of organic liquids, inside their range ± 5 K.

The median over the sources is taken; their disagreement (about 1 to 1.5 %) is an honest measure
of the noise of an experiment. Estimation methods are never used. Both packages are MIT-licensed.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata, util
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd
from rdkit import Chem, rdBase

from loop.core.ports import Progress, Table, silent
from loop.errors import MissingExtraError

TEMPERATURE: Final = 298.15
_RANGE_MARGIN: Final = 5.0
_PLAUSIBLE: Final = (0.03, 0.8)
_ORGANIC: Final = frozenset(["C", "H", "N", "O", "F", "Cl", "Br", "I", "S", "P", "Si"])
_LAMBDA: Final = "Thermal Conductivity"
_PERRY: Final = "Table 2-315 Thermal Conductivity of Inorganic and Organic Liquids.tsv"
_VDI: Final = "VDI PPDS Thermal conductivity of saturated liquids.tsv"


class ThermalLiquid:
    """The data set `thermal-liquid`."""

    name: ClassVar[str] = "thermal-liquid"
    summary: ClassVar[str] = "thermal conductivity of organic liquids at 298.15 K, W/m/K"
    licence: ClassVar[str] = "MIT (chemicals, thermo)"

    def load(self, cache: Path, progress: Progress = silent) -> Table:
        """Return one row per compound, sorted by SMILES.

        Columns: smiles, name, cas, thermal_conductivity_w_mk, disagreement_w_mk (standard
        deviation over the sources, W/m/K; 0 for a single source), n_sources, sources.

        Raises:
            MissingExtraError: `chemicals` or `thermo` is not installed.
        """
        values = _by_cas()
        structures = _structures(sorted(values), cache, progress)
        merged: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
        names: dict[str, str] = {}
        for cas, found in values.items():
            if cas not in structures:
                continue
            smiles, name = structures[cas]
            merged[smiles].extend((source, cas, value) for source, value in found)
            names[smiles] = min(name, names.get(smiles, name))
        rows = [
            row for smiles in sorted(merged) if (row := _row(smiles, names, merged)) is not None
        ]
        return Table(
            source="data set thermal-liquid",
            columns={key: [row[key] for row in rows] for key in rows[0]},
        )


def _row(
    smiles: str, names: dict[str, str], merged: dict[str, list[tuple[str, str, float]]]
) -> dict[str, Any] | None:
    found = merged[smiles]
    values = np.array([value for _, _, value in found])
    median = float(np.median(values))
    if not _PLAUSIBLE[0] < median < _PLAUSIBLE[1]:
        return None
    return {
        "smiles": smiles,
        "name": names[smiles],
        "cas": min(cas for _, cas, _ in found),
        "thermal_conductivity_w_mk": median,
        "disagreement_w_mk": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
        "n_sources": float(len(values)),
        "sources": ", ".join(sorted({source for source, _, _ in found})),
    }


def _package_folder(name: str) -> Path:
    spec = util.find_spec(name)
    if spec is None or spec.origin is None:
        raise MissingExtraError(
            f"the data set thermal-liquid is read from the package {name!r}",
            hint='pip install "synthloop[demo]"',
        )
    return Path(spec.origin).parent


def _by_cas() -> dict[str, list[tuple[str, float]]]:
    """Return CAS number to (source, value in W/m/K at 298.15 K)."""
    chemicals, thermo = _package_folder("chemicals"), _package_folder("thermo")
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for source, values in (
        ("Perry 2-315", _perry(chemicals)),
        ("VDI PPDS", _vdi(chemicals)),
        ("DIPPR 100", _dippr(thermo)),
    ):
        for cas, value in values:
            found[cas].append((source, value))
    return dict(found)


def _table(folder: Path, name: str) -> pd.DataFrame:
    # CAS numbers are text here and integers elsewhere: text, always.
    return pd.read_csv(folder / _LAMBDA / name, sep="\t", dtype={"CAS": str})


def _polynomial(coefficients: list[float]) -> float:
    return float(sum(c * TEMPERATURE**power for power, c in enumerate(coefficients)))


def _perry(folder: Path) -> Iterator[tuple[str, float]]:
    for row in _table(folder, _PERRY).to_dict("records"):
        if row["Tmin"] <= TEMPERATURE <= row["Tmax"]:
            yield row["CAS"], _polynomial([row[f"C{i}"] for i in range(1, 6)])


def _vdi(folder: Path) -> Iterator[tuple[str, float]]:
    import chemicals

    for row in _table(folder, _VDI).to_dict("records"):
        melting, boiling = chemicals.Tm(row["CAS"]), chemicals.Tb(row["CAS"])
        # Outside, the fit describes a liquid that does not exist at ambient pressure.
        if (melting or 0.0) < TEMPERATURE < (boiling or np.inf):
            yield row["CAS"], _polynomial([row[letter] for letter in "ABCDE"])


def _dippr(folder: Path) -> Iterator[tuple[str, float]]:
    text = (folder / "Misc" / "organic_correlations.json").read_text(encoding="utf-8")
    for cas, record in json.loads(text).items():
        fits = record.get("ThermalConductivityLiquid", {}).get("DIPPR100_parameters", {})
        for fit in fits.values():
            low, high = fit["Tmin"] - _RANGE_MARGIN, fit["Tmax"] + _RANGE_MARGIN
            if low <= TEMPERATURE <= high:
                yield cas, _polynomial([fit.get(letter, 0.0) for letter in "ABCDEFG"])


def _structures(numbers: list[str], cache: Path, progress: Progress) -> dict[str, tuple[str, str]]:
    """Return CAS number to (canonical SMILES, name) of single organic compounds.

    The first look-up loads a large identifier table; the answer is kept under `cache`.
    """
    releases = "-".join(metadata.version(p) for p in ("chemicals", "thermo", "rdkit"))
    path = cache / f"thermal-liquid-{releases}.json"
    if path.is_file():
        stored: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        if stored.keys() <= set(numbers):
            return {cas: (pair[0], pair[1]) for cas, pair in stored.items()}
    found: dict[str, tuple[str, str]] = {}
    for count, cas in enumerate(numbers):
        if count % 20 == 0:
            progress("looking up structures", count / len(numbers))
        identified = _identify(cas)
        if identified is not None:
            found[cas] = identified
    progress("looking up structures", 1.0)
    cache.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_text(json.dumps(found), encoding="utf-8")
    draft.replace(path)
    return found


def _identify(cas: str) -> tuple[str, str] | None:
    from chemicals.identifiers import CAS_to_int, pubchem_db

    entry = pubchem_db.search_CAS(CAS_to_int(cas))
    if not entry or not entry.smiles:
        return None
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(entry.smiles)
    if mol is None or len(Chem.GetMolFrags(mol)) != 1:
        return None
    symbols = {atom.GetSymbol() for atom in mol.GetAtoms()}
    if "C" not in symbols or not symbols <= _ORGANIC:
        return None
    return Chem.MolToSmiles(mol), str(entry.common_name or entry.iupac_name or cas)
