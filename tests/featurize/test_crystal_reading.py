"""Texts of crystals, the preset for crystals, and graphs."""

import numpy as np
import pytest

from loop.core.candidate import CandidatePool, Material
from loop.core.crystal_text import CrystalCell, text_format
from loop.core.definition import PoolSpace
from loop.errors import ConfigError
from loop.featurize.bundle import BlockFeaturizer
from loop.featurize.crystal_graph import crystal_graphs, gaussian_edges
from loop.featurize.crystals import parse_crystal
from loop.featurize.presets import CrystalDescriptors
from loop.featurize.reading import read_texts
from tests.featurize.known_crystals import ALL, COPPER, PEROVSKITE, QUARTZ, ROCK_SALT, SIMPLE_CUBIC

BOTH = frozenset({"crystal", "composition"})


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("form", ["cif", "poscar"])
def test_cif_and_poscar_come_back(name, form):
    text = ALL[name].to(fmt=form)
    assert text_format(text) == form
    parsed = parse_crystal(text, BOTH)
    again = parsed["crystal"]
    assert again.composition == ALL[name].composition
    assert again.volume == pytest.approx(ALL[name].volume, rel=1e-4)
    np.testing.assert_allclose(
        sorted(again.distance_matrix.ravel()), sorted(ALL[name].distance_matrix.ravel()), atol=1e-4
    )


def test_the_stored_form_comes_back_to_the_last_digit():
    text = CrystalCell(
        QUARTZ.lattice.matrix.tolist(),
        [s.specie.symbol for s in QUARTZ],
        QUARTZ.frac_coords.tolist(),
    ).dump()
    assert "\n" not in text
    again = parse_crystal(text, BOTH)["crystal"]
    np.testing.assert_allclose(again.lattice.matrix, QUARTZ.lattice.matrix, atol=1e-8)
    np.testing.assert_allclose(again.distance_matrix, QUARTZ.distance_matrix, atol=1e-6)
    assert CrystalCell.load(text).dump() == text


def test_composition_is_of_one_formula_unit():
    assert parse_crystal(PEROVSKITE.to(fmt="cif"), BOTH)["composition"] == {
        "Sr": 1,
        "Ti": 1,
        "O": 3,
    }
    assert parse_crystal(ROCK_SALT.to(fmt="poscar"), BOTH)["composition"] == {"Na": 1, "Cl": 1}


def test_charges_are_taken_off():
    charged = ROCK_SALT.copy()
    charged.add_oxidation_state_by_element({"Na": 1, "Cl": -1})
    charged.relabel_sites()
    text = charged.to(fmt="cif")
    assert "Na+" in text
    parsed = parse_crystal(text, BOTH)
    assert {site.specie.symbol for site in parsed["crystal"]} == {"Na", "Cl"}


SHARED = ROCK_SALT.copy()
SHARED.replace_species({"Na": {"Na": 0.5, "K": 0.5}})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("data_x\n_cell_length_a 5\n", "cannot read 'data_x _cell_length_a 5' as cif"),
        ("no\ncrystal", "as poscar"),
        (ROCK_SALT.to(fmt="poscar").replace("4 4", "4 400"), "404 atoms are announced"),
        (ROCK_SALT.to(fmt="cif") + COPPER.to(fmt="cif"), "this CIF has 2"),
        (ROCK_SALT.to(fmt="poscar").replace("0.5000000000000000 Cl", "5e20 Cl"), "coordinates"),
        (SIMPLE_CUBIC.to(fmt="poscar").replace("3.35", "0.35"), "0.0429 cubic angstrom per atom"),
        ("x\n1\n9 0 0\n9 .1 0\n0 0 9\nHe\n1\ndirect\n0 0 0", "0.1 angstrom thin"),
        ("x\n1\n9e9 0 0\n0 9 0\n0 0 9\nHe\n1\ndirect\n0 0 0", "up to 1000 angstrom"),
        ("x\n1\n9 0 0\n0 9 0\n0 0 9\nHe\n2\ndirect\n0 0 0\n0 0 .01", "1 and 2 are 0.09"),
        ("{}", "lists lattice, elements and positions"),
        ('{"lattice":[[1,0,0]],"elements":["H"],"positions":[[0,0,0]]}', "three cell vectors"),
        (
            '{"lattice":[[1,0,0],[0,1,0],[0,0,"x"]],"elements":["H"],"positions":[[0,0,0]]}',
            "finite",
        ),
        ('{"lattice":', "no JSON at character"),
        (SHARED.to(fmt="cif"), "site 1 is not one element"),
    ],
)
def test_what_is_no_crystal_is_a_failure_of_its_row(text, reason):
    parsed, failures = read_texts(Material.CRYSTAL, [ROCK_SALT.to(fmt="cif"), text], BOTH)
    assert parsed[0] is not None
    assert parsed[1] is None
    assert set(failures) == {1}
    assert reason in failures[1]


def pool_of(*texts, fields=None):
    ids = tuple(f"c{i}" for i in range(len(texts)))
    return CandidatePool(Material.CRYSTAL, ids, tuple(texts), ids, fields or {})


SPACE = PoolSpace(material=Material.CRYSTAL, file="pool.csv", structure="cif")


def test_the_preset_describes_a_pool_and_names_what_failed():
    pool = pool_of(COPPER.to(fmt="cif"), "broken\ntext", ROCK_SALT.to(fmt="poscar"))
    featurizer = CrystalDescriptors(CrystalDescriptors.Config())
    matrix = featurizer.featurize(pool, SPACE)
    assert set(matrix.failures) == {1}
    assert "broken" in matrix.failures[1]
    assert [len(b.values) for b in matrix.blocks] == [3, 3, 3, 3]
    assert matrix.blocks[0].values[0].any()
    assert not any(b.values[1].any() for b in matrix.blocks)
    assert all(np.isfinite(b.values).all() for b in matrix.blocks)
    assert featurizer.check(pool, SPACE) == []


def test_a_crystal_is_no_molecule():
    with pytest.raises(ConfigError, match="crystal can be read as composition, crystal"):
        read_texts(Material.CRYSTAL, ["x"], frozenset({"molecule"}))


def test_two_variants_of_one_block_stand_side_by_side():
    config = BlockFeaturizer.Config.model_validate(
        {"blocks": [
            {"kind": "radial-distribution", "cutoff": 5.0, "width": 1.0},
            {"kind": "radial-distribution", "cutoff": 6.0, "width": 1.0, "smearing": 0.2},
        ]}
    )  # fmt: skip
    matrix = BlockFeaturizer(config).featurize(pool_of(COPPER.to(fmt="cif")), SPACE)
    assert [block.values.shape for block in matrix.blocks] == [(1, 5), (1, 6)]


def test_graph_of_rock_salt_by_hand():
    graphs = crystal_graphs([SIMPLE_CUBIC, ROCK_SALT])
    assert graphs.atomic_numbers.tolist() == [84] + [11] * 4 + [17] * 4
    assert graphs.owners.tolist() == [0] + [1] * 8
    assert graphs.neighbours.shape == (9, 12)
    # The only atom of the simple cubic cell is its own neighbour, 6 at one edge, 6 of 12 at sqrt 2.
    assert set(graphs.neighbours[0]) == {0}
    np.testing.assert_allclose(graphs.distances[0], [3.35] * 6 + [3.35 * 2**0.5] * 6, rtol=1e-6)
    for atom in range(1, 9):
        np.testing.assert_allclose(
            graphs.distances[atom], [2.82] * 6 + [2.82 * 2**0.5] * 6, rtol=1e-6
        )
        kinds = graphs.atomic_numbers[graphs.neighbours[atom]]
        other = 28 - graphs.atomic_numbers[atom]
        assert kinds[:6].tolist() == [other] * 6
        assert kinds[6:].tolist() == [graphs.atomic_numbers[atom]] * 6


def test_images_of_a_graph_lead_to_the_neighbour():
    graphs = crystal_graphs([COPPER, QUARTZ, PEROVSKITE])
    first = 0
    for structure in (COPPER, QUARTZ, PEROVSKITE):
        here = slice(first, first + len(structure))
        ends = structure.frac_coords[graphs.neighbours[here] - first] + graphs.images[here]
        steps = (ends - structure.frac_coords[:, None, :]) @ structure.lattice.matrix
        np.testing.assert_allclose(np.linalg.norm(steps, axis=2), graphs.distances[here], rtol=1e-5)
        pairs = np.concatenate([graphs.neighbours[here][..., None], graphs.images[here]], axis=2)
        assert all(len({tuple(p) for p in row.tolist()}) == 12 for row in pairs)
        first += len(structure)


def test_edges_are_41_gaussians_to_8_angstrom():
    edges = gaussian_edges(np.array([[2.0, 2.1, 30.0]]))
    assert edges.shape == (1, 3, 41)
    assert edges[0, 0].argmax() == 10
    assert edges[0, 0, 10] == 1
    assert edges[0, 0, 11] == pytest.approx(np.exp(-1))
    assert edges[0, 1, 10] == pytest.approx(np.exp(-0.25))
    assert not edges[0, 2].any()


def test_graphs_take_far_neighbours_when_near_ones_lack_and_may_be_empty():
    from pymatgen.core.lattice import Lattice
    from pymatgen.core.structure import Structure

    sparse = Structure(Lattice.cubic(9.0), ["Ar"], [[0, 0, 0]])
    lonely = Structure(Lattice.cubic(70.0), ["Ar"], [[0, 0, 0]])
    graphs = crystal_graphs([sparse, lonely])
    np.testing.assert_allclose(graphs.distances[0], [9.0] * 6 + [9 * 2**0.5] * 6, rtol=1e-6)
    assert graphs.edges[0].max() < 1e-6
    assert set(graphs.failures) == {1}
    assert "60 angstrom" in graphs.failures[1]
    assert graphs.element_one_hot()[0].nonzero()[0].tolist() == [17]
    nothing = crystal_graphs([lonely])
    assert nothing.neighbours.shape == (0, 12)
    assert nothing.edges.shape == (0, 12, 41)
