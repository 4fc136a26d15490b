"""The stages of the river, as the service is given them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loop.core.candidate import Material
from loop.core.generation_ports import Route
from loop.core.invention_ports import Inventor
from loop.core.lab_ports import LabContext, ResultFileReader
from loop.core.ports import FeatureMatrix, PoolBuilder, Rows
from loop.core.source_ports import Sources
from loop.service.plugins import PluginLookup

Nearest = Callable[[FeatureMatrix, int, Rows], tuple[int, float]]
"""Pool row and measured rows to the most similar measured row and the similarity in [0, 1]."""


@dataclass(frozen=True)
class Stages:
    """What the service needs beside ledger and artifacts.

    Attributes:
        plugins: Look-up of everything a campaign file can name.
        pools: Reads candidate pools.
        nearest: Finds the most similar measured candidate.
        draw: Structure to SVG; empty text when there is nothing to draw.
        draw_route: Route to SVG.
        file_reader: Reads and writes worksheets for a campaign, whatever its LIMS.
        exchange_folder: Parent of the campaigns' exchange folders.
        cache_folder: For slow look-ups of data sets.
        sources: The library of pretrained models.
        inventor: Makes candidates for campaigns that want new ones.
        draw_png: Structure to PNG; nothing when there is nothing to draw.
    """

    plugins: PluginLookup
    pools: PoolBuilder
    nearest: Nearest
    draw: Callable[[Material, str], str]
    draw_route: Callable[[Route], str]
    file_reader: Callable[[LabContext], ResultFileReader]
    exchange_folder: Path
    cache_folder: Path
    sources: Sources
    inventor: Inventor
    draw_png: Callable[[Material, str], bytes]
