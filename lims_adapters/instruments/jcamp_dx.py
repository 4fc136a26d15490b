"""JCAMP-DX files to curves.

Read is what McDonald and Wilks (Appl. Spectrosc. 42, 151, 1988; JCAMP-DX 4.24) and Lampen et al.
(Appl. Spectrosc. 48, 1545, 1994; 5.01) define for one block of XYDATA or XYPOINTS. The checks that
the format carries (x of each line, repeated ordinate after differences, number of points) are all
held: a file that was damaged on the way must not give a value.
"""

import re
from datetime import datetime
from typing import Final

import numpy as np

from lims_adapters.instruments.curve import Curve
from lims_adapters.instruments.jcamp_digits import ordinates, pairs
from lims_adapters.instruments.text import decoded
from loop.errors import DataError

_LABEL = re.compile(r"^\s*##([^=]*)=(.*)$")
_UNITS: Final = {
    "1/CM": "1/cm", "CM-1": "1/cm", "NANOMETERS": "nm", "NANOMETER": "nm", "MICROMETERS": "um",
    "SECONDS": "s", "MILLISECONDS": "ms", "MICROSECONDS": "us", "MINUTES": "min", "HZ": "Hz",
    "HERTZ": "Hz", "DEGREES CELSIUS": "degC", "KELVIN": "K", "ABSORBANCE": "", "TRANSMITTANCE": "",
    "REFLECTANCE": "", "M/Z": "", "NANOAMPERES": "nA", "PICOAMPERES": "pA", "VOLTS": "V",
}  # fmt: skip
_UNTOLD: Final = {"", "ARBITRARY UNITS", "COUNTS", "RELATIVE ABUNDANCE"}
_DATA: Final = ("XYDATA", "XYPOINTS")
_ELSE: Final = ("NTUPLES", "PEAKTABLE", "PEAKASSIGNMENTS", "RADATA")
_SAMPLE: Final = ("SAMPLEDESCRIPTION", "$SAMPLEID", "$SAMPLEIDENTIFIER", "NAMES", "TITLE")


def read_jcamp(content: bytes) -> Curve:
    """Return the one curve of a file.

    Raises:
        DataError: it is none, holds several curves or a form that is not read, or a check of the
            format fails.
    """
    records = _records(decoded(content))
    data = [(label, text) for label, text in records if label in _DATA]
    if len(data) != 1:
        other = sorted({label for label, _ in records if label in _ELSE})
        found = ", ".join([label for label, _ in data] + other) or "no data"
        raise DataError(f"holds {found}; expected one block of XYDATA or XYPOINTS")
    fields: dict[str, str] = {}
    for label, text in records:
        # In a compound file the block's own fields come after those of the link block.
        fields[label] = text.strip()
    form, body = data[0]
    form_text, _, lines = body.partition("\n")
    x, y = _points(form_text.replace(" ", "").upper(), lines, fields, form)
    return Curve(
        x=x,
        y=y,
        x_unit=_unit(fields.get("XUNITS", "")),
        y_unit=_unit(fields.get("YUNITS", "")),
        sample_texts=tuple((label, fields[label]) for label in _SAMPLE if fields.get(label)),
        instrument=fields.get("SPECTROMETER/DATASYSTEM", ""),
        measured_at=_time(fields.get("LONGDATE", "")),
        place=f"##{form}",
    )


def _records(text: str) -> list[tuple[str, str]]:
    """Return label and text of each record; labels lose what the standard says is ignored."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        plain = line.split("$$", 1)[0]
        begun = _LABEL.match(plain)
        if begun:
            label = re.sub(r"[ \-_]", "", begun.group(1)).upper()
            found.append((label, begun.group(2).strip()))
        elif found and plain.strip():
            label, before = found[-1]
            found[-1] = (label, f"{before}\n{plain.strip()}")
    if not found or found[0][0] != "TITLE":
        raise DataError("does not begin with ##TITLE=; expected a JCAMP-DX file")
    return found


def _points(
    form: str, lines: str, fields: dict[str, str], label: str
) -> tuple[np.ndarray, np.ndarray]:
    x_factor, y_factor = _number(fields, "XFACTOR", 1.0), _number(fields, "YFACTOR", 1.0)
    n_points = int(_number(fields, "NPOINTS"))
    if form.startswith("(XY..XY)"):
        x, y = pairs(lines)
    elif form.startswith("(X++(Y..Y)"):
        first, last = _number(fields, "FIRSTX"), _number(fields, "LASTX")
        step = (last - first) / max(n_points - 1, 1)
        y = ordinates(lines, first, step, x_factor)
        x = np.linspace(first, last, len(y)) / x_factor
    else:
        raise DataError(f"##{label}= {form!r}; expected (X++(Y..Y)) or (XY..XY)")
    if len(y) != n_points:
        raise DataError(f"##{label}: {len(y)} points; ##NPOINTS= says {n_points}")
    return x * x_factor, y * y_factor


def _number(fields: dict[str, str], label: str, default: float | None = None) -> float:
    text = fields.get(label, "")
    if not text and default is not None:
        return default
    try:
        return float(text)
    except ValueError as error:
        raise DataError(f"##{label}= {text!r}; expected a number") from error


def _unit(text: str) -> str | None:
    """Return the unit in our spelling; one that the standard does not know stays as it is."""
    word = text.strip().upper()
    return None if word in _UNTOLD else _UNITS.get(word, text.strip())


def _time(text: str) -> datetime | None:
    try:
        found = datetime.strptime(text.strip(), "%Y/%m/%d %H:%M:%S %z")
    except ValueError:
        # Without its zone a time would be a guess; it is told in the file, which is kept.
        return None
    return found
