"""The benchmarks' targets, described by networks that have not seen them.

Each block of targets (those of the design study, the further ones) has a network of its own, as in
`transfer.py`: no structure and no property of any target of the block is in it. Networks are
trained once and kept beside the tables; training takes a minute or two.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from loop.core.candidate import Material
from loop.source_wiring.tables import SourceTables
from tests.benchmarks.transfer import SHARED, Loaded, described, library, loaded_tasks
from tests.benchmarks.transfer_targets import INORGANIC_TARGETS, ORGANIC_TARGETS

DOMAINS = {Material.MOLECULE: ORGANIC_TARGETS, Material.COMPOSITION: INORGANIC_TARGETS}
CACHE = Path(".bench-transfer")


def made_ready(cache: Path) -> None:
    """Make the folder of kept values; find the public tables beside the repository."""
    cache.mkdir(parents=True, exist_ok=True)
    if SHARED.is_dir():
        os.environ.setdefault("SYNTHLOOP_PUBLIC_TABLES", str(SHARED))


def loaded_targets(material: Material, names: Sequence[str], cache: Path) -> list[Loaded]:
    """Return targets with descriptors and what the network of their block says of them.

    The network has seen no structure and no property of any target of the block, whichever of
    them are asked for. Targets whose tables are not here are named and left out.
    """
    found: dict[str, Loaded] = {}
    for study in (True, False):
        targets = [target for target in DOMAINS[material] if target.study is study]
        if not any(target.name in names for target in targets):
            continue
        tasks = loaded_tasks(targets, cache)
        model = library(material, tasks, SourceTables(cache), cache)
        found |= {
            target.name: described(target, task, model, cache)
            for target, task in tasks
            if target.name in names
        }
    return [found[name] for name in names if name in found]
