"""What instruments write: JCAMP-DX, text in columns, the Allotrope Simple Model."""

import itertools
import json

import numpy as np
import pytest

from lims_adapters.instruments.asm import cube, measurements, quantity
from lims_adapters.instruments.jcamp_dx import read_jcamp
from lims_adapters.instruments.xy_text import Columns, read_xy
from loop.errors import DataError

# Published with JCAMP-DX for NMR (Lampen et al. 1994) as the example of the form DIFDUP.
PUBLISHED = """##TITLE= Incomplete example file for DIFDUP data form!
##XUNITS= MILLISECONDS
##YUNITS= NANOAMPERES
##XFACTOR= 1
##YFACTOR= 0.1
##FIRSTX= 4
##LASTX= 56
##NPOINTS= 53
##FIRSTY= 0
##XYDATA= (X++(Y..Y)
4@VKT%TLkj%J%KLJ%njKjL%kL%jJULJ%kLK1%lLMNPNPRLJ0QTOJ1P
56A28
##END=
"""
COUNTS = [round(1000 * np.sin(n / 7.0)) for n in range(60)] + [3] * 12 + [-40] * 3 + [0]


def spectrum(table, **changes):
    fields = {
        "TITLE": "film-r01-0000000001 on KBr", "JCAMP-DX": "4.24 $$ a comment",
        "DATA TYPE": "INFRARED SPECTRUM", "XUNITS": "1/CM", "YUNITS": "TRANSMITTANCE",
        "LONG DATE": "2026/03/01 14:24:38 +0100", "SPECTROMETER/DATA SYSTEM": "FT 1800",
        "XFACTOR": "1", "YFACTOR": "0.01", "FIRSTX": "4000", "LASTX": str(4000 - 4 * 75),
        "NPOINTS": "76",
    } | changes  # fmt: skip
    head = "".join(f"##{key}={value}\n" for key, value in fields.items())
    return f"{head}##XYDATA=(X++(Y..Y))\n{table}\n##END=\n".encode()


def lines(form, per_line=9):
    return [(4000 - 4 * at, form(COUNTS[at : at + per_line])) for at in range(0, 76, per_line)]


def plain(values):
    return " " + " ".join(str(v) for v in values)


def packed(values):
    return "".join(f"{v:+d}" for v in values)


def squeezed(values):
    return "".join(_lead("@ABCDEFGHI", "abcdefghi", v) for v in values)


def _lead(positive, negative, value):
    digits = str(abs(value))
    first = positive[int(digits[0])] if value >= 0 else negative[int(digits[0]) - 1]
    return first + digits[1:]


def differences(duplicates):
    """Write each line as one ordinate and differences, the next beginning with the repeat."""
    found = []
    for at in range(0, 75, 9):
        values = COUNTS[at : at + 10]
        steps = [_lead("%JKLMNOPQR", "jklmnopqr", b - a) for a, b in itertools.pairwise(values)]
        text = squeezed(values[:1])
        for token, run in itertools.groupby(steps):
            n = len(list(run))
            text += token + "STUVWXYZs"[n - 1] if duplicates and n > 1 else token * n
        found.append((4000 - 4 * at, text))
    found.append((4000 - 4 * 75, squeezed(COUNTS[75:])))
    return found


FORMS = {
    "AFFN": lines(plain), "PAC": lines(packed), "SQZ": lines(squeezed),
    "DIF": differences(duplicates=False), "DIFDUP": differences(duplicates=True),
}  # fmt: skip


def written(form):
    return "\n".join(f"{x}{text}" for x, text in FORMS[form])


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_standard_gives_the_same_points(form):
    curve = read_jcamp(spectrum(written(form)))
    np.testing.assert_allclose(curve.y, np.array(COUNTS) * 0.01, atol=1e-9)
    np.testing.assert_allclose(curve.x, np.linspace(4000, 3700, 76))
    assert (curve.x_unit, curve.y_unit, curve.instrument) == ("1/cm", "", "FT 1800")
    assert curve.measured_at.isoformat() == "2026-03-01T14:24:38+01:00"
    assert ("TITLE", "film-r01-0000000001 on KBr") in curve.sample_texts


@pytest.mark.parametrize("form", FORMS)
def test_an_independent_reader_agrees(form, tmp_path):
    import jcamp

    path = tmp_path / "a.jdx"
    path.write_bytes(spectrum(written(form)))
    theirs = jcamp.readfile(str(path))
    ours = read_jcamp(path.read_bytes())
    np.testing.assert_allclose(ours.y, theirs["y"], atol=1e-9)
    np.testing.assert_allclose(ours.x, theirs["x"])


def test_the_published_example_comes_out_with_its_own_checks():
    curve = read_jcamp(PUBLISHED.encode())
    assert len(curve.y) == 53
    np.testing.assert_allclose(curve.x, np.arange(4, 57))
    np.testing.assert_allclose(curve.y[[0, 4, 8, 15, -1]], [0, 0.2, 0.7, 1.0, 12.8])
    assert (curve.x_unit, curve.y_unit) == ("ms", "nA")


def test_pairs_are_read_and_arbitrary_units_are_none():
    text = (
        "##TITLE=t\n##XUNITS=DEGREES CELSIUS\n##YUNITS=ARBITRARY UNITS\n##NPOINTS=4\n"
        "##XYPOINTS=(XY..XY)\n20.5, 1.0; 21.5, 2.0\n30, -3.5E-01\n31 4\n##END=\n"
    )
    curve = read_jcamp(text.encode())
    assert curve.x.tolist() == [20.5, 21.5, 30, 31]
    assert curve.y.tolist() == [1.0, 2.0, -0.35, 4]
    assert (curve.x_unit, curve.y_unit) == ("degC", None)


DAMAGED = [
    (written("DIF").replace("\n3964", "\n3960"), {}, "points are missing"),
    ("\n".join(written("AFFN").splitlines()[:-1]), {}, "NPOINTS"),
    ("\n".join(written("AFFN").splitlines()[1:]), {}, "begins at x"),
    (written("DIF").replace("\n3964", "\n3964A", 1), {}, "damaged"),
    (written("AFFN").replace(" 3 ", " ? ", 1), {}, "'? 3"),
    (written("AFFN"), {"NPOINTS": "many"}, "'many'; expected a number"),
    ("4000JJJ", {}, "begins with a difference"),
    ("no number", {}, "expected its first x"),
]


@pytest.mark.parametrize(("table", "changes", "said"), DAMAGED)
def test_a_damaged_spectrum_is_refused_in_words(table, changes, said):
    with pytest.raises(DataError, match="(?s)" + said.replace("?", r"\?")):
        read_jcamp(spectrum(table, **changes))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"order_id,value\n1,2\n", "##TITLE="),
        (b"\x00\x01", "text file"),
        (b"##TITLE=a\n##PEAK TABLE=(XY..XY)\n1,2\n##END=\n", "PEAKTABLE"),
        (spectrum(written("AFFN")) + spectrum(written("AFFN")), "XYDATA, XYDATA"),
        (b"##TITLE=a\n##NPOINTS=1\n##XYDATA=(X++(R..R))\n1 2\n", "expected \\(X"),
    ],
)
def test_what_is_no_single_curve_is_refused(content, said):
    with pytest.raises(DataError, match=said):
        read_jcamp(content)


XY = [
    ("Temperature (°C)\tHeat flow (mW/mg)\n20.0\t1.5\n21.0\t-2e-1\n", Columns(), "°C"),
    ("T [K];q [W/g]\n20,0;1,5\n21,0;-0,2\n", Columns(decimal="comma"), "K"),
    ("Sample: film-7\nOperator: ada\n\nT / K,q / W/g\n20,1.5\n21,-0.2\n", Columns(), "K"),
    ("20 1.5\n21 -0.2\n", Columns(), None),
    ("# T  q\n# (K)  (W)\n20  1.5\n21  -0.2\n", Columns(), "K"),
    ('"n";"T [K]";"q [W]"\n1;20;1.5\n2;21;-.2\n', Columns(x="T", y="Q"), "K"),
]


@pytest.mark.parametrize(("text", "columns", "unit"), XY)
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_columns_of_numbers_are_read_as_they_come(text, columns, unit, code):
    curve = read_xy(text.encode(code), columns)
    assert curve.x.tolist() == [20, 21]
    assert curve.y.tolist() == [1.5, -0.2]
    assert curve.x_unit == unit
    if "Sample" in text:
        assert (curve.sample_texts, curve.operator) == ((("Sample", "film-7"),), "ada")


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("a b\nc d\n", Columns(), "no row of two numbers"),
        ("T;q\n1;2\n3;x\n", Columns(), "row 3: got 'x'"),
        ("T;q\n1;2\n3\n", Columns(), "row 3 has 1 columns; expected 2"),
        ("n;T;q\n1;2;3\n", Columns(), "3 columns"),
        ("n;T;q\n1;2;3\n", Columns(x="U", y="q"), "expected 'U'"),
        ("T;q\n1,5;2,5\n", Columns(), "decimal point"),
    ],
)
def test_columns_that_can_be_read_in_two_ways_are_refused(text, columns, said):
    with pytest.raises(DataError) as refused:
        read_xy(text.encode(), columns)
    assert said in str(refused.value)


# Shape of adm/ultraviolet-absorbance/REC/2024/12, as converters of vendors' files write it.
ASM = {
    "$asm.manifest": "http://purl.allotrope.org/manifests/ultraviolet-absorbance/REC/2024/12",
    "ultraviolet absorbance aggregate document": {
        "device system document": {"model number": "NanoX", "equipment serial number": "77"},
        "ultraviolet absorbance document": [
            {
                "analyst": "ada",
                "measurement aggregate document": {
                    "measurement document": [
                        {
                            "measurement identifier": "made anew each time",
                            "measurement time": "2026-03-01T10:00:00+00:00",
                            "sample document": {"sample identifier": "film-r01-0000000001"},
                            "absorbance": {"value": 0.77, "unit": "mAU"},
                            "processed data document": [
                                {"purity": {"value": 98.5, "unit": "%"}},
                                {"ratio": {"value": 1.9, "unit": "(unitless)"}},
                            ],
                            "absorption spectrum data cube": {
                                "cube-structure": {
                                    "dimensions": [{"concept": "wavelength", "unit": "nm"}],
                                    "measures": [{"concept": "absorbance", "unit": "(unitless)"}],
                                },
                                "data": {"dimensions": [[1, 2, 3]], "measures": [[4, 6, 5]]},
                            },
                        }
                    ]
                },
            }
        ],
    },
}


def measured():
    (one,) = measurements(json.dumps(ASM).encode())
    return one


def test_quantities_of_the_allotrope_model_are_found_by_name():
    one = measured()
    assert quantity(one, "absorbance")[:2] == (0.77, "mAU")
    assert quantity(one, "processed data document/purity")[:2] == (98.5, "percent")
    assert quantity(one, "ratio")[:2] == (1.9, "")
    assert (one.operator, one.instrument) == ("ada", "NanoX 77")
    assert one.sample_texts == (("sample identifier", "film-r01-0000000001"),)
    assert one.measured_at.isoformat() == "2026-03-01T10:00:00+00:00"


def test_a_data_cube_is_a_curve():
    for name in ("", "absorption spectrum data cube"):
        curve = cube(measured(), name)
        assert (curve.x.tolist(), curve.y.tolist()) == ([1, 2, 3], [4, 6, 5])
        assert (curve.x_unit, curve.y_unit) == ("nm", "")


@pytest.mark.parametrize(
    ("value", "field", "said"),
    [
        ({"value": None, "unit": "mAU"}, "absorbance", "got None"),
        ({"value": "0.7", "unit": "mAU"}, "absorbance", "got '0.7'"),
        ({"value": True, "unit": "mAU"}, "absorbance", "got True"),
        ({"value": 0.7}, "absorbance", "the unit None"),
        (0.7, "absorbance", "a value with its unit"),
        ({"value": 1, "unit": "mAU"}, "absorbanse", "there are absorbance"),
        ({"purity": {"value": 1, "unit": "%"}}, "purity", "2 members"),
    ],
)
def test_what_the_model_does_not_say_clearly_is_refused(value, field, said):
    one = measured()
    one.node["absorbance"] = value
    with pytest.raises(DataError, match=said):
        quantity(one, field)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"a": 1}', b"[" * 100_000])
def test_what_is_no_such_document_is_refused(content):
    with pytest.raises(DataError, match="JSON|measurement document"):
        measurements(content)
