"""Instruments' files on their way to measurements, and a campaign that runs on them."""

import json
import os

import numpy as np
import pytest
from pydantic import ValidationError

from lims_adapters.instruments.config import InstrumentConfig
from lims_adapters.instruments.reading import read_instrument_file
from lims_adapters.worksheet.adapter import WorksheetFolder
from loop.core.canonical import digest
from loop.core.units import convert
from loop.errors import AdapterError
from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.small_campaign import write_small_campaign
from loop.wiring import build
from tests.lims_adapters.film_orders import context, orders
from tests.lims_adapters.test_instrument_formats import ASM

DSC = {
    "files": "*.txt", "property": "Tg", "function": "glass-transition", "x_unit": "degC",
    "window": [80, 160], "baseline": [[60, 90], [150, 180]],
}  # fmt: skip
PURITY = {"files": "*.json", "property": "density", "function": "read", "field": "absorbance"}
ORDERS = orders(12)
FIRST, TENTH = ORDERS[0].order_id, ORDERS[9].order_id


def curve(at=117.3, sample="", unit="°C"):
    x = np.linspace(50, 190, 701)
    y = 0.2 * np.tanh((x - at) / 2.0) + 0.001 * x
    head = f"Sample: {sample}\n" if sample else ""
    rows = "".join(f"{a:.3f}\t{b:.6f}\n" for a, b in zip(x, y, strict=True))
    return f"{head}T [{unit}]\tq [W/g]\n{rows}".encode()


def declared(**instruments):
    return {key: InstrumentConfig.model_validate(one) for key, one in instruments.items()}


def read(name, content, **instruments):
    chosen = declared(**(instruments or {"dsc": DSC}))
    return read_instrument_file(name, content, ORDERS, chosen, "point")


def test_a_result_names_function_parameters_and_the_digest_of_its_file():
    content = curve(sample=f"{FIRST} after drying")
    (result,), problems = read("run 7.txt", content)
    assert problems == ()
    assert (result.order_id, result.property, result.unit) == (FIRST, "Tg", "degC")
    assert result.value == pytest.approx(117.3, abs=0.01)
    assert result.method == (
        "glass-transition (x in degC, window 80 to 160, baseline 60 to 90, baseline 150 to 180)"
    )
    assert digest(content) in result.note
    (attachment,) = result.attachments
    assert (attachment.name, attachment.digest) == ("run 7.txt", digest(content))


@pytest.mark.parametrize(
    ("name", "order", "replicate"),
    [
        (f"{FIRST}.txt", FIRST, 1),
        (f"{FIRST}-2.txt", FIRST, 2),
        (f"{FIRST}_rep3.TXT", FIRST, 3),
        (f"{TENTH} second heating.txt", TENTH, 1),
    ],
)
def test_the_order_is_taken_from_the_file_name(name, order, replicate):
    (result,), problems = read(name, curve())
    assert (problems, result.order_id, result.replicate) == ((), order, replicate)


def test_the_same_file_is_the_same_value_and_another_file_another_one():
    first, again, other = (
        read(name, content)[0][0].result_id
        for name, content in (
            (f"{FIRST}.txt", curve()),
            (f"{FIRST} copy.txt", curve()),
            (f"{FIRST}.txt", curve(at=118.0)),
        )
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("unknown.txt", curve(), "no order of this campaign"),
        ("film-r01-00000000010.txt", curve(), "no order of this campaign"),
        (f"{FIRST}.txt", curve(sample=TENTH), "its name says"),
        ("a.txt", curve(sample=f"{FIRST} or {TENTH}"), "expected one"),
        (f"{FIRST}.txt", curve(unit="kg"), "'kg'"),
        (f"{FIRST}.txt", curve(at=300), "times in the window"),
        (f"{FIRST}.txt", b"nothing", "no row of two numbers"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(name, content, said):
    results, (problem,) = read(name, content)
    assert results == ()
    assert problem.source == name and problem.place == "instrument dsc"
    assert said in problem.expected


def test_one_file_gives_several_properties_all_or_none():
    peak = {
        "files": "*.txt", "property": "density", "function": "peak-position", "x_unit": "degC",
        "window": [70, 100],
    }  # fmt: skip
    results, problems = read(f"{FIRST}.txt", curve(), dsc=DSC, peak=peak)
    assert results == () and "instrument peak" in str(problems[0])
    second = DSC | {"window": [100, 150], "property": "density"}
    results, problems = read(f"{FIRST}.txt", curve(), dsc=DSC, again=second)
    assert [r.property for r in results] == ["Tg", "density"] and problems == ()
    assert len({r.result_id for r in results}) == 2


def test_the_allotrope_model_gives_one_result_per_measurement_document():
    (result,), problems = read("plate.json", json.dumps(ASM).encode(), uv=PURITY)
    assert problems == ()
    assert (result.order_id, result.value, result.unit) == (FIRST, 0.77, "mAU")
    assert (result.operator, result.instrument) == ("ada", "NanoX 77")
    spectrum = {
        "files": "*.json", "property": "density", "function": "peak-position", "x_unit": "um",
        "window": [0.001, 0.003],
    }  # fmt: skip
    (result,), problems = read("plate.json", json.dumps(ASM).encode(), uv=spectrum)
    # The parabola through (1, 4), (2, 6), (3, 5) has its vertex at 2 + 1/6.
    assert result.value == pytest.approx((2 + 1 / 6) / 1000)
    assert result.unit == "um"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"window": None}, "needs a window"),
        ({"window": [160, 80]}, "lower end"),
        ({"baseline": [[60, 90]]}, "takes 2 windows"),
        ({"x_unit": None}, "needs x_unit"),
        ({"x_unit": "blub"}, "blub"),
        ({"function": "slope", "baseline": []}, "needs y_unit"),
        ({"function": "value-at", "baseline": [], "y_unit": "W"}, "needs it"),
        ({"function": "read"}, "needs `field`"),
        ({"points": 4}, "odd"),
        ({"funktion": "slope"}, "Extra"),
    ],
)
def test_a_declaration_that_leaves_something_open_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        InstrumentConfig.model_validate({k: v for k, v in (DSC | changes).items() if v is not None})


@pytest.mark.parametrize(
    ("function", "unit"), [("integral", "mW*s"), ("slope", "mW/s"), ("peak-height", "W")]
)
def test_the_unit_of_a_function_is_made_from_those_of_the_axes(function, unit):
    one = InstrumentConfig(
        files="*", property="Tg", function=function, x_unit="s", y_unit="mW", window=(0, 1)
    )
    assert convert(1.0, one.result_unit(), unit) == pytest.approx(0.001 if unit == "W" else 1.0)


def test_check_names_a_property_or_unit_that_does_not_fit(tmp_path):
    config = WorksheetFolder.Config.model_validate(
        {
            "instruments": {
                "a": DSC | {"property": "tg"},
                "b": DSC | {"property": "density"},
                "c": DSC,
            }
        }
    )
    found = WorksheetFolder(config, context(tmp_path, "worksheet")).check()
    assert [p.place for p in found] == ["lims.instruments.a.property", "lims.instruments.b"]
    assert "Tg" in found[0].expected and "g/cm**3" in found[1].expected


TENSILE = """kind = "worksheet"
settle_seconds = 0
[lims.instruments.tensile]
files = "*.csv"
property = "strength"
function = "peak-height"
x_unit = "percent"
y_unit = "MPa"
window = [0.5, 20.0]
"""


def pull(height):
    x = np.linspace(0, 25, 251)
    y = height * 1e6 * np.exp(-(((x - 12) / 4) ** 2))
    rows = "".join(f"{a:.1f},{b:.3f}\n" for a, b in zip(x, y, strict=True))
    return f"strain [%],stress [Pa]\n{rows}".encode()


@pytest.fixture
def door(tmp_path):
    built = build(Settings(workspace=tmp_path, actor="ada"))
    yield built
    built.close()


def test_a_campaign_runs_on_curves_and_keeps_them(door, tmp_path):
    path = write_small_campaign(tmp_path, lims=TENSILE, experiments=4)
    door.service.open(path, Ask.by("ada"))
    door.worker.run("small")
    results = tmp_path / "exchange" / "small" / "results"
    placed = [o.order_id for o in door.queries.view("small").orders]
    contents = {order: pull(50 + n) for n, order in enumerate(placed)}
    for order, content in contents.items():
        (results / f"{order}.csv").write_bytes(content)
        os.utime(results / f"{order}.csv", (1, 1))
    door.worker.run("small")
    view = door.queries.view("small")
    assert sorted(m.value for m in view.measurements) == pytest.approx([50, 51, 52, 53])
    assert all("peak-height (x in percent" in m.method for m in view.measurements)
    kept = door.service.files("small")
    assert {k.order_id: door.service.file_content(k.file.digest) for k in kept} == contents
    assert list(results.iterdir()) == []


def test_a_file_that_was_taken_away_is_said_to_be_gone(tmp_path):
    lab = WorksheetFolder(
        WorksheetFolder.Config.model_validate({"instruments": {"dsc": DSC}, "settle_seconds": 0}),
        context(tmp_path, "worksheet"),
    )
    assert lab.check() == []
    (result,) = lab.read_results(f"{FIRST}.txt", curve(), ORDERS).results
    with pytest.raises(AdapterError, match="neither in recorded"):
        lab.open_attachment(result.attachments[0])
    (tmp_path / "results" / f"{FIRST}.txt").write_bytes(curve())
    assert lab.open_attachment(result.attachments[0]) == curve()


def test_a_curve_that_a_person_hands_in_is_computed_and_kept_too(door, tmp_path):
    path = write_small_campaign(tmp_path, lims=TENSILE, experiments=4)
    door.service.open(path, Ask.by("ada"))
    door.worker.run("small")
    order = door.queries.view("small").orders[0].order_id
    assert door.service.preview_file("small", f"{order}.csv", pull(60)).problems == ()
    outcome = door.service.record_file("small", f"{order}.csv", pull(60), Ask.by("ada"))
    assert outcome.n_recorded == 1
    (line,) = door.service.files("small")
    assert door.service.file_content(line.file.digest) == pull(60)
    (known,) = door.queries.view("small").measurements
    assert known.value == pytest.approx(60)
    again = door.service.record_file("small", f"{order}.csv", pull(60), Ask.by("bo"))
    assert (again.n_recorded, again.n_known) == (0, 1)
