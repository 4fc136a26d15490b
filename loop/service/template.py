"""The campaign file that `synthloop new` writes."""

import json
from dataclasses import dataclass
from pathlib import Path

from loop.errors import ConfigError

_TEXT = """\
# {title}
# Every key is explained in the schema that `synthloop schema` prints; editors complete from it.

schema = 1
title = {title_text}
seed = {seed}             # all randomness of the campaign comes from here
approval = "person"    # "auto": batches go out without asking
decimal = "point"      # "comma" if the lab writes 1,5

[properties.{property}]
unit = {unit}
replicates = 1
# noise_sd = 0.1           # standard deviation of one measurement, in the unit above
# plausible = [0.0, 100.0] # a result outside is refused and shown

[objective]
kind = "{goal}"       # or "minimize", or "target" with low and high
property = "{property}"

[space]
material = "{material}"
file = {file}
{columns}
# label = "name"       # column with the name that people use
# id = "id"            # column with the lab's own unique ids

[initial]
kind = "diverse"       # spread over the pool before the first model
size = {initial}

[surrogate]
kind = "transfer-gp"   # borrows from data-rich properties, guarded; "gp" rests on results alone

[batch]
size = {batch}

[budget]
experiments = {experiments}

[lims]
kind = "worksheet"     # XLSX and CSV in exchange/{slug}/; "simulated" for a rehearsal
"""


@dataclass(frozen=True)
class Answers:
    """What somebody answered."""

    slug: str
    title: str
    material: str
    file: str
    structure: str
    features: tuple[str, ...]
    property: str
    unit: str
    goal: str
    experiments: int
    batch: int


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, but for the delete character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def template(answers: Answers) -> str:
    """Return a commented campaign file."""
    if answers.material == "columns":
        columns = "features = [" + ", ".join(_quoted(f) for f in answers.features) + "]"
    else:
        columns = f"structure = {_quoted(answers.structure)}"
    return _TEXT.format(
        title="".join(c if c.isprintable() else " " for c in answers.title).strip(),
        title_text=_quoted(answers.title),
        seed=sum(map(ord, answers.slug)),
        property=answers.property,
        unit=_quoted(answers.unit),
        goal=answers.goal,
        material=answers.material,
        file=_quoted(answers.file),
        columns=columns,
        initial=max(2, min(8, answers.experiments)),
        batch=answers.batch,
        experiments=answers.experiments,
        slug=answers.slug,
    )


def write_template(folder: Path, answers: Answers) -> Path:
    """Write `folder/<slug>/campaign.toml`; return its path.

    Raises:
        ConfigError: there is one already.
    """
    path = folder / answers.slug / "campaign.toml"
    if path.exists():
        raise ConfigError(f"{path} is there already", hint="choose another name, or edit it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(answers), encoding="utf-8")
    return path
