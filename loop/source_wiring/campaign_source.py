"""What a campaign measured, as the table of a source."""

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loop.core.candidate import Material
from loop.errors import ConfigError, DataError
from loop.service.views import CampaignView
from loop.source_wiring.tables import file_digest
from loop.sources.recipe import SourceRecipe

_FEWEST: Final = 20
_MATERIALS: Final = (Material.MOLECULE, Material.POLYMER, Material.COMPOSITION)


@dataclass(frozen=True)
class MeasuredCampaign:
    """The measurements of one campaign.

    Attributes:
        slug: Of the campaign.
        version: Of its ledger.
        material: Of its candidates.
        property: What it seeks.
        unit: Of the values.
        structures: Of the measured candidates, in a fixed order.
        values: Mean of the replicates of each, in the unit.
        replicates: How many stand behind each mean.
    """

    slug: str
    version: int
    material: Material
    property: str
    unit: str
    structures: tuple[str, ...]
    values: tuple[float, ...]
    replicates: tuple[int, ...]


def measured_campaign(view: CampaignView) -> MeasuredCampaign:
    """Return what a campaign has measured so far: means of replicates, limits left out."""
    ranking = sorted(view.ranking, key=lambda ranked: ranked.candidate_id)
    return MeasuredCampaign(
        slug=view.summary.slug,
        version=view.summary.version,
        material=view.definition.space.material,
        property=view.definition.objective.property,
        unit=view.summary.unit,
        structures=tuple(ranked.structure for ranked in ranking),
        values=tuple(ranked.value for ranked in ranking),
        replicates=tuple(ranked.n_measurements for ranked in ranking),
    )


def campaign_recipe(measured: MeasuredCampaign, folder: Path) -> tuple[Path, SourceRecipe]:
    """Write what a campaign measured to a table; return the table and the recipe of the source.

    The table stands beside the library, so that the source can be trained anew without some
    structure, and so that anybody can read what it was made from.

    Raises:
        DataError: fewer than 20 candidates are measured.
        ConfigError: its material has no descriptors in the library.
    """
    if measured.material not in _MATERIALS:
        raise ConfigError(
            f"the candidates of campaign {measured.slug!r} are {measured.material.value}; "
            f"a source has {', '.join(m.value for m in _MATERIALS)}"
        )
    n = len(measured.values)
    if n < _FEWEST:
        raise DataError(
            f"campaign {measured.slug!r} has measured {measured.property} of {n} candidates; "
            f"a source needs {_FEWEST}",
            hint="add it when it has measured more",
        )
    path = folder / f"{measured.slug}-{measured.property}-{measured.version}.csv"
    _write(path, measured)
    recipe = SourceRecipe(
        name=f"{measured.slug}.{measured.property}",
        data=str(path),
        column=measured.property,
        unit=measured.unit,
        material=measured.material,
        structure="structure",
        file_digest=file_digest(path),
        campaign=measured.slug,
        licence="the lab's own",
        origin=f"campaign {measured.slug} at version {measured.version}",
    )
    return path, recipe


def _write(path: Path, measured: MeasuredCampaign) -> None:
    text = io.StringIO(newline="")
    written = csv.writer(text, lineterminator="\n")
    written.writerow(("structure", measured.property, "replicates"))
    values = [repr(float(value)) for value in measured.values]
    written.writerows(zip(measured.structures, values, measured.replicates, strict=True))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_text(text.getvalue(), encoding="utf-8")
    draft.replace(path)
