"""The benchmark's network without the targets, trained once and kept beside its tables.

Several benchmarks ask the same network; training takes a minute or two. What is kept is named
after everything that decides it: the code that reads, describes and trains, and the targets.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import loop
from loop.core.candidate import Material
from loop.source_wiring.tables import SourceTables
from loop.sources.library import SourceLibrary
from tests.benchmarks.transfer import SHARED, Loaded, described, library, loaded_tasks
from tests.benchmarks.transfer_targets import INORGANIC_TARGETS, ORGANIC_TARGETS, Target

DOMAINS = {Material.MOLECULE: ORGANIC_TARGETS, Material.COMPOSITION: INORGANIC_TARGETS}
CACHE = Path(".bench-transfer")
_ROOMS = ("core", "datasets", "featurize", "source_wiring", "sources")


def made_ready(cache: Path) -> None:
    """Make the folder of kept values; find the public tables beside the repository."""
    cache.mkdir(parents=True, exist_ok=True)
    if SHARED.is_dir():
        os.environ.setdefault("SYNTHLOOP_PUBLIC_TABLES", str(SHARED))


def _digest(material: Material, targets: Sequence[Target]) -> str:
    folder = Path(loop.__file__).parent
    files = [path for room in _ROOMS for path in sorted((folder / room).rglob("*.py"))]
    files += sorted(Path(__file__).parent.glob("*transfer*.py"))
    seen = hashlib.sha256(f"{material} {SHARED.is_dir()} {[t.name for t in targets]}".encode())
    for path in files:
        seen.update(path.read_bytes())
    return seen.hexdigest()[:16]


def loaded_targets(material: Material, names: Sequence[str], cache: Path) -> list[Loaded]:
    """Return targets with descriptors and what the network says of them.

    The network has seen no structure and no property of any target of the domain, whichever of
    them are asked for. Targets whose tables are not here are named and left out.
    """
    tasks = loaded_tasks(DOMAINS[material], cache)
    kept = SourceLibrary(cache / "networks", below=())
    name = f"{material.value}-{_digest(material, [target for target, _ in tasks])}"
    if name not in kept.names():
        kept.keep_as(name, library(material, tasks, SourceTables(cache), cache))
    model = kept.get(name)
    wanted = {target.name: (target, task) for target, task in tasks if target.name in names}
    return [described(*wanted[each], model, cache) for each in names if each in wanted]
