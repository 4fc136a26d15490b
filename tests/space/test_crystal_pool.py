"""Pools of crystals: files and texts, keys, labels, and refusals with row and file."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure
from pymatgen.transformations.standard_transformations import RotationTransformation

from loop.core.candidate import Material
from loop.core.crystal_text import CrystalCell
from loop.core.definition import PoolSpace
from loop.core.pool_file import load_pool
from loop.core.ports import Table
from loop.errors import DataError
from loop.featurize.crystals import parse_crystal
from loop.space.chemistry import UnreadableStructureError, canonical_key
from loop.space.crystals import read_crystal
from loop.space.drawing import draw
from loop.space.pool import PoolFiles
from tests.featurize.known_crystals import ALL, COPPER, GALLIUM_ARSENIDE, QUARTZ, ROCK_SALT, RUTILE


def stored(structure):
    # pymatgen's POSCAR of a left-handed basis is the mirror image, so it cannot stand in here.
    return CrystalCell(
        structure.lattice.matrix.tolist(),
        [site.specie.symbol for site in structure],
        structure.frac_coords.tolist(),
    ).dump()


def key(structure):
    return canonical_key(Material.CRYSTAL, stored(structure))


def space(**more):
    return PoolSpace(material=Material.CRYSTAL, file="pool.csv", structure="cif", **more)


def build(folder, rows, **more):
    path = folder / "pool.csv"
    lines = ["id,cif,hardness"]
    for n, text in enumerate(rows, start=1):
        lines.append(f'x{n},"{text.replace(chr(34), chr(34) * 2)}",{n}')
    path.write_text("\n".join(lines), encoding="utf-8")
    files = PoolFiles()
    return files.build(files.read(path), space(**more), "slug")


def test_a_pool_of_files_and_texts_needs_no_files_later(tmp_path):
    (tmp_path / "structures").mkdir()
    (tmp_path / "structures" / "salt.cif").write_text(ROCK_SALT.to(fmt="cif"), encoding="utf-8")
    (tmp_path / "POSCAR_rutile").write_text(RUTILE.to(fmt="poscar"), encoding="utf-8")
    rows = ["structures/salt.cif", "POSCAR_rutile", COPPER.to(fmt="cif")]
    pool = build(tmp_path, rows, id="id").pool
    assert pool.labels == ("NaCl (Fm-3m)", "TiO2 (P4_2/mnm)", "Cu (Fm-3m)")
    assert pool.ids == ("x1", "x2", "x3")
    assert pool.fields == {"hardness": (1.0, 2.0, 3.0)}
    again = load_pool(pool.dump())
    assert again == pool
    for stored, known in zip(again.structures, (ROCK_SALT, RUTILE, COPPER), strict=True):
        assert "\n" not in stored
        structure = parse_crystal(stored, frozenset({"crystal"}))["crystal"]
        assert structure.composition == known.composition
        assert structure.volume == pytest.approx(known.volume, rel=1e-4)
    # What is stored can be the text of another pool.
    assert build(tmp_path, list(again.structures)).pool.labels == pool.labels


def test_a_label_column_wins(tmp_path):
    pool = build(tmp_path, [COPPER.to(fmt="cif")], label="id").pool
    assert pool.labels == ("x1",)


cells = st.lists(st.integers(-1, 1), min_size=9, max_size=9).filter(
    lambda m: 1 <= abs(round(np.linalg.det(np.reshape(m, (3, 3))))) <= 3
)


@given(
    name=st.sampled_from(sorted(ALL)),
    cell=cells,
    angle=st.floats(0, 360),
    axis=st.tuples(*[st.integers(-3, 3)] * 3).filter(any),
    shift=st.tuples(*[st.floats(0, 1, exclude_max=True)] * 3),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=25, deadline=None)
def test_one_key_whatever_cell_origin_orientation_and_order(name, cell, angle, axis, shift, order):
    before = ALL[name]
    after = before.copy()
    after.make_supercell(np.reshape(cell, (3, 3)).tolist())
    after.translate_sites(range(len(after)), shift)
    after = RotationTransformation(axis, angle).apply_transformation(after)
    sites = list(after)
    order.shuffle(sites)
    assert key(Structure.from_sites(sites)) == key(before)


def test_different_crystals_have_different_keys():
    stretched = ROCK_SALT.copy()
    stretched.scale_lattice(ROCK_SALT.volume * 1.01)
    swapped = Structure(
        GALLIUM_ARSENIDE.lattice, ["Ga"] * 4 + ["Sb"] * 4, GALLIUM_ARSENIDE.frac_coords
    )
    anatase = Structure.from_spacegroup(
        "I4_1/amd", Lattice.tetragonal(3.785, 9.514), ["Ti", "O"], [[0, 0, 0], [0, 0, 0.2081]]
    )
    graphite = Structure.from_spacegroup(
        "P6_3/mmc", Lattice.hexagonal(2.464, 6.711), ["C", "C"],
        [[0, 0, 0.25], [1 / 3, 2 / 3, 0.25]],
    )  # fmt: skip
    left = Structure.from_spacegroup(
        "P3_121", Lattice.hexagonal(4.913, 5.405), ["Si", "O"],
        [[0.4697, 0, 1 / 3], [0.4135, 0.2669, 0.2142]],
    )  # fmt: skip
    assert left.composition == QUARTZ.composition
    everything = [*ALL.values(), stretched, swapped, anatase, graphite, left]
    assert len({key(structure) for structure in everything}) == len(everything)


def test_few_digits_of_special_positions_do_not_matter():
    rough = Structure(
        Lattice.hexagonal(3.209, 5.211),
        ["Mg", "Mg"],
        [[0.3333, 0.6667, 0.25], [0.6667, 0.3333, 0.75]],
    )
    assert key(rough) == key(ALL["magnesium"])


def test_one_crystal_twice_is_refused_or_merged(tmp_path):
    primitive = ROCK_SALT.get_primitive_structure().to(fmt="poscar")
    rows = [ROCK_SALT.to(fmt="cif"), primitive]
    with pytest.raises(DataError, match="row 3, column cif"):
        build(tmp_path, rows)
    merged = build(tmp_path, rows, on_duplicate="merge")
    assert len(merged.pool) == 1
    assert merged.excluded == ((3, "Na1 Cl1", "duplicate"),)


SHARED = COPPER.copy()
SHARED.replace_species({"Cu": {"Cu": 0.5, "Au": 0.5}})
TOUCHING = Structure(Lattice.cubic(4), ["Na", "Cl"], [[0, 0, 0], [0, 0, 0.05]])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("data_x\n_cell_length_a 5\n", "a CIF file that pymatgen reads"),
        ("nothing\nof the kind\n", "a POSCAR file that pymatgen reads"),
        (SHARED.to(fmt="cif"), "an ordered crystal; site 1 is shared"),
        (TOUCHING.to(fmt="poscar"), "sites 1 and 2 are 0.20 apart"),
        (COPPER.to(fmt="cif").replace("Cu", "Qq"), "chemical elements; site 1 holds Qq"),
    ],
)
def test_a_broken_file_is_refused_with_row_and_file(tmp_path, content, expected):
    (tmp_path / "good.cif").write_text(ROCK_SALT.to(fmt="cif"), encoding="utf-8")
    (tmp_path / "broken.cif").write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        build(tmp_path, ["good.cif", "broken.cif"])
    (problem,) = caught.value.problems
    assert problem.place == "row 3, column cif"
    assert problem.value == "broken.cif"
    assert expected in problem.expected
    skipped = build(tmp_path, ["good.cif", "broken.cif"], on_invalid="skip")
    assert len(skipped.pool) == 1
    assert skipped.excluded[0][:2] == (3, "broken.cif")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("", "the text of a CIF or POSCAR"),
        ("absent.cif", "the name of a CIF or POSCAR file in"),
        ("../outside.cif", "file inside"),
        ("/etc/hostname", "file inside"),
        ("latin.cif", "in UTF-8"),
    ],
)
def test_a_cell_that_names_no_file_of_the_folder(tmp_path, cell, expected):
    folder = tmp_path / "campaign"
    folder.mkdir()
    (tmp_path / "outside.cif").write_text(ROCK_SALT.to(fmt="cif"), encoding="utf-8")
    (folder / "latin.cif").write_bytes(b"data_\xe9")
    with pytest.raises(DataError) as caught:
        build(folder, [cell, COPPER.to(fmt="cif")])
    assert expected in caught.value.problems[0].expected


def test_a_number_is_no_crystal(tmp_path):
    table = Table(str(tmp_path / "pool.csv"), {"cif": [3.5]}, first_row=2)
    with pytest.raises(DataError, match="row 2, column cif: got '3.5'"):
        PoolFiles().build(table, space(), "slug")


def test_noble_gases_are_read_without_a_warning():
    solid = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.26), ["Ar"], [[0, 0, 0]])
    record = read_crystal(stored(solid))
    assert record.label == "Ar (Fm-3m)"
    assert parse_crystal(record.stored, frozenset({"composition"})) == {"composition": {"Ar": 1}}
    assert json.loads(record.stored)["elements"] == ["Ar"] * 4


def test_a_crystal_is_shown_by_its_formula_and_cell():
    svg = draw(Material.CRYSTAL, read_crystal(QUARTZ.to(fmt="cif")).stored)
    assert svg.startswith("<svg")
    words = re.findall(r">([^<>]+)</text>", svg)
    assert words == ["SiO₂", "P3_221 (no. 154)", "4.913, 4.913, 5.405 Å; 90.0, 90.0, 120.0°"]
    assert draw(Material.CRYSTAL, "broken") == ""


def test_what_is_no_crystal_has_no_key():
    with pytest.raises(UnreadableStructureError, match="stored form"):
        canonical_key(Material.CRYSTAL, '{"lattice": []}')
