"""Blocks of crystals against shells and symmetries counted by hand, and against pymatgen."""

import importlib.util
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.local_env import VoronoiNN
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure
from pymatgen.transformations.standard_transformations import RotationTransformation

from loop.errors import MissingExtraError
from loop.featurize.block import NoOptions
from loop.featurize.bonding import BondingConfig, BondingDescriptors
from loop.featurize.lattice import LatticeConfig, LatticeDescriptors
from loop.featurize.orbital_field import ORBITALS, OrbitalFieldMatrix, valence_vector
from loop.featurize.radial_distribution import RadialDistribution, RadialDistributionConfig
from loop.featurize.voronoi import voronoi_faces
from tests.featurize.known_crystals import (
    ALL,
    CAESIUM_CHLORIDE,
    COPPER,
    DIAMOND,
    GALLIUM_ARSENIDE,
    IRON,
    MAGNESIUM,
    PEROVSKITE,
    QUARTZ,
    ROCK_SALT,
    RUTILE,
    SILICON,
    SIMPLE_CUBIC,
)  # fmt: skip

BLOCKS = [
    RadialDistribution(RadialDistributionConfig(cutoff=8.0, width=0.2)),
    RadialDistribution(RadialDistributionConfig(cutoff=8.0, width=0.2, smearing=0.3)),
    OrbitalFieldMatrix(NoOptions()),
    LatticeDescriptors(LatticeConfig()),
    BondingDescriptors(BondingConfig()),
]


def row(block, structure):
    found = block.describe([structure])
    assert not found.failures
    assert found.values.shape == (1, len(block.columns))
    assert found.values.dtype == np.float32
    return dict(zip(block.columns, found.values[0].tolist(), strict=True))


def counts_per_shell(block, structure):
    """Turn g(r) back into neighbours per atom."""
    values = block.describe([structure]).values[0]
    low, high = (np.arange(len(values)) + k for k in (0, 1))
    width = block.config.width
    volumes = 4 / 3 * math.pi * ((high * width) ** 3 - (low * width) ** 3)
    return values * volumes * len(structure) / structure.volume


@pytest.mark.parametrize(
    ("structure", "edge", "shells"),
    [
        # Squares of the distances in the given edge, and how many neighbours lie there.
        (SIMPLE_CUBIC, 3.35, {1: 6, 2: 12, 3: 8, 4: 6, 5: 24, 6: 24, 8: 12, 9: 30}),
        (COPPER, 3.615 / 2, {2: 12, 4: 6, 6: 24, 8: 12, 10: 24, 12: 8, 14: 48}),
        (IRON, 2.866 / 2, {3: 8, 4: 6, 8: 12, 11: 24, 12: 8, 16: 6}),
        (ROCK_SALT, 5.64 / 2, {1: 6, 2: 12, 3: 8, 4: 6, 5: 24}),
        (DIAMOND, 3.567 / 4, {3: 4, 8: 12, 11: 12, 16: 6, 19: 12, 24: 24}),
    ],
)
def test_shells_of_cubic_crystals(structure, edge, shells):
    width = 0.1
    cutoff = math.ceil(edge * math.sqrt(max(shells)) / width + 1e-9) * width
    block = RadialDistribution(RadialDistributionConfig(cutoff=round(cutoff, 6), width=width))
    expected = np.zeros(len(block.columns))
    for square, count in shells.items():
        expected[int(edge * math.sqrt(square) / width + 1e-9)] += count
    np.testing.assert_allclose(counts_per_shell(block, structure), expected, atol=1e-3)


def test_default_radial_distribution_is_200_shells_and_tends_to_one():
    block = RadialDistribution(RadialDistributionConfig())
    values = block.describe([QUARTZ]).values[0]
    assert len(values) == 200
    assert block.columns[-1] == "g 19.9-20 angstrom [1]"
    assert values[150:].mean() == pytest.approx(1.0, abs=0.02)


def test_smearing_keeps_the_number_of_neighbours():
    sharp = RadialDistribution(RadialDistributionConfig(cutoff=12.0, width=0.1))
    soft = RadialDistribution(RadialDistributionConfig(cutoff=12.0, width=0.1, smearing=0.15))
    counts = counts_per_shell(soft, ROCK_SALT)
    assert counts[:34].sum() == pytest.approx(6.0, abs=2e-3)  # 2.82, the next are at 3.99
    peak = counts[:34].argmax()
    assert soft.columns[peak] == "g 2.8-2.9 angstrom [1]"
    # A Gaussian at 2.82 with 0.15 puts this share into the shell from 2.8 to 2.9.
    share = (math.erf(0.08 / 0.15 / 2**0.5) + math.erf(0.02 / 0.15 / 2**0.5)) / 2
    assert counts[28] == pytest.approx(6 * share, rel=1e-3)
    assert sharp.digest() != soft.digest()


cells = st.lists(st.integers(-1, 1), min_size=9, max_size=9).filter(
    lambda m: 1 <= abs(round(np.linalg.det(np.reshape(m, (3, 3))))) <= 3
)


@given(
    name=st.sampled_from(sorted(ALL)),
    cell=cells,
    angle=st.floats(0, 360),
    axis=st.tuples(*[st.integers(-3, 3)] * 3).filter(any),
    shift=st.tuples(*[st.floats(0, 1, exclude_max=True)] * 3),
)
@settings(max_examples=25, deadline=None)
def test_numbers_do_not_depend_on_cell_origin_and_orientation(name, cell, angle, axis, shift):
    before = ALL[name]
    after = before.copy()
    after.make_supercell(np.reshape(cell, (3, 3)).tolist())
    after.translate_sites(range(len(after)), shift)
    after = RotationTransformation(axis, angle).apply_transformation(after)
    for block in BLOCKS:
        one, other = block.describe([before]), block.describe([after])
        assert not one.failures
        assert not other.failures
        np.testing.assert_allclose(other.values, one.values, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("name", sorted(ALL))
def test_voronoi_faces_are_those_of_pymatgen(name):
    structure = ALL[name]
    faces = voronoi_faces(structure)
    whole = np.bincount(faces.centers, weights=faces.angles, minlength=len(structure))
    np.testing.assert_allclose(whole, 4 * math.pi, rtol=1e-9)
    reference = VoronoiNN(cutoff=10.0, compute_adj_neighbors=False).get_nn_info(structure, 0)
    expected = sorted(
        (round(2 * face["poly_info"]["face_dist"], 3), face["poly_info"]["solid_angle"])
        for face in reference
        if face["poly_info"]["solid_angle"] > 1e-3
    )
    mine = sorted(
        (round(distance, 3), angle)
        for center, distance, angle in zip(
            faces.centers, faces.distances, faces.angles, strict=True
        )
        if center == 0 and angle > 1e-3
    )
    np.testing.assert_allclose(mine, expected, atol=1e-4)


@pytest.mark.parametrize("gap", [12.0, 25.0])
def test_voronoi_cells_close_across_a_wide_gap(gap):
    layer = Structure(Lattice.tetragonal(3.0, gap), ["Cu"], [[0, 0, 0]])
    faces = voronoi_faces(layer)
    assert faces.angles.sum() == pytest.approx(4 * math.pi, rel=1e-9)
    assert faces.distances.max() == pytest.approx(gap)


def test_valence_is_what_the_noble_gas_lacks():
    def named(symbol):
        return [ORBITALS[i] for i in np.flatnonzero(valence_vector(symbol))]

    assert named("H") == ["s1"]
    assert named("Na") == ["s1"]
    assert named("Cl") == ["s2", "p5"]
    assert named("Ar") == ["s2", "p6"]
    assert named("Co") == ["s2", "d7"]
    assert named("Pd") == ["d10"]
    assert named("Pb") == ["s2", "p2", "d10", "f14"]
    assert named("U") == ["s2", "d1", "f3"]
    assert len(ORBITALS) == 32


def test_orbital_field_of_rock_salt_by_hand():
    # Six equal faces to the nearest neighbours, 2.82 away: each site sees 6 / 2.82, and half of
    # the sites are Na (s1), half Cl (s2 p5).
    found = row(OrbitalFieldMatrix(NoOptions()), ROCK_SALT)
    value = 6 / 2.82 / 2
    expected = {"s1-s2": value, "s1-p5": value, "s2-s1": value, "p5-s1": value}
    nonzero = {name.split()[2]: x for name, x in found.items() if abs(x) > 1e-6}
    assert nonzero == pytest.approx(expected, rel=1e-5)


def test_no_orbital_field_is_all_zeros():
    # The block of other packages is, since pymatgen writes configurations without HTML.
    values = OrbitalFieldMatrix(NoOptions()).describe(list(ALL.values())).values
    assert (np.abs(values).sum(axis=1) > 0.1).all()
    assert values.shape == (len(ALL), 1024)


def test_an_element_without_configuration_fails_alone():
    unknown = Structure(Lattice.cubic(4.0), ["Og"], [[0, 0, 0]])
    found = OrbitalFieldMatrix(NoOptions()).describe([COPPER, unknown])
    assert set(found.failures) == {1}
    assert "electron configuration of Og" in found.failures[1]
    assert not found.values[1].any()
    assert found.values[0].any()
    for block in (LatticeDescriptors(LatticeConfig()), BondingDescriptors(BondingConfig())):
        assert "covalent radius" in block.describe([unknown]).failures[0]


@pytest.mark.parametrize(
    ("structure", "lengths", "system", "sites", "primitive", "order", "inversion", "proper"),
    [
        (ROCK_SALT, (5.64, 5.64, 5.64), "cubic", 2, 2, 48, 1, 0),
        (IRON, (2.866,) * 3, "cubic", 1, 1, 48, 1, 0),
        (SILICON, (5.431,) * 3, "cubic", 1, 2, 48, 1, 0),
        (GALLIUM_ARSENIDE, (5.653,) * 3, "cubic", 2, 2, 24, 0, 0),
        (RUTILE, (2.959, 4.594, 4.594), "tetragonal", 2, 6, 16, 1, 0),
        (PEROVSKITE, (3.905,) * 3, "cubic", 3, 5, 48, 1, 0),
        (MAGNESIUM, (3.209, 3.209, 5.211), "hexagonal", 1, 2, 24, 1, 0),
        (QUARTZ, (4.913, 4.913, 5.405), "trigonal", 2, 9, 6, 0, 1),
    ],
)
def test_cell_and_symmetry_of_the_textbook(
    structure, lengths, system, sites, primitive, order, inversion, proper
):
    found = row(LatticeDescriptors(LatticeConfig()), structure)
    edges = [found[f"cell length {n} [angstrom]"] for n in ("shortest", "middle", "longest")]
    assert edges == pytest.approx(lengths, abs=1e-4)
    assert found[f"{system} [0/1]"] == 1
    systems = ("triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal")
    assert sum(found[f"{name} [0/1]"] for name in (*systems, "cubic")) == 1
    assert found["distinct sites [1]"] == sites
    assert found["atoms in primitive cell [1]"] == primitive
    assert found["point-group order [1]"] == order
    assert found["centrosymmetric [0/1]"] == inversion
    assert found["only proper rotations [0/1]"] == proper


def test_density_and_packing_by_hand():
    found = row(LatticeDescriptors(LatticeConfig()), ROCK_SALT)
    assert found["volume per atom [angstrom3]"] == pytest.approx(5.64**3 / 8)
    assert found["density [g/cm3]"] == pytest.approx(
        4 * 58.443 / 6.02214e23 / 5.64**3 * 1e24, rel=1e-3
    )
    spheres = 4 / 3 * math.pi * 4 * (1.66**3 + 1.02**3)
    assert found["packing fraction [1]"] == pytest.approx(spheres / 5.64**3, rel=1e-4)


@pytest.mark.parametrize(
    ("structure", "mean", "least", "most", "shortest"),
    [
        (ROCK_SALT, 6, 6, 6, 2.82),
        (CAESIUM_CHLORIDE, 8, 8, 8, 4.123 * 3**0.5 / 2),
        (COPPER, 12, 12, 12, 3.615 / 2**0.5),
        (IRON, 8, 8, 8, 2.866 * 3**0.5 / 2),
        (MAGNESIUM, 12, 12, 12, 3.197),
        (DIAMOND, 4, 4, 4, 3.567 * 3**0.5 / 4),
        (GALLIUM_ARSENIDE, 4, 4, 4, 5.653 * 3**0.5 / 4),
        (RUTILE, 4, 3, 6, 1.947),
        (PEROVSKITE, (12 + 6 + 3 * 2) / 5, 2, 12, 3.905 / 2),
        (QUARTZ, (4 + 2 * 2) / 3, 2, 4, 1.604),
    ],
)
def test_coordination_numbers_of_the_textbook(structure, mean, least, most, shortest):
    found = row(BondingDescriptors(BondingConfig()), structure)
    assert found["mean coordination number [1]"] == pytest.approx(mean)
    assert found["min coordination number [1]"] == least
    assert found["max coordination number [1]"] == most
    assert found["min bond length [angstrom]"] == pytest.approx(shortest, abs=2e-3)


def test_effective_coordination_number_counts_far_neighbours_a_little():
    # In an ideal lattice of one distance it is the number of neighbours; bcc has a second shell.
    block = BondingDescriptors(BondingConfig())
    assert row(block, COPPER)["mean effective coordination number [1]"] == pytest.approx(
        12, abs=0.1
    )
    assert 8.5 < row(block, IRON)["mean effective coordination number [1]"] < 13


def test_bond_lengths_by_covalent_radii():
    found = row(BondingDescriptors(BondingConfig()), ROCK_SALT)
    ratio = 2.82 / (1.66 + 1.02)
    assert found["mean bond length over covalent radii [1]"] == pytest.approx(ratio, rel=1e-4)
    assert found["bonds between unlike atoms [share]"] == 1
    assert (
        row(BondingDescriptors(BondingConfig()), DIAMOND)["bonds between unlike atoms [share]"] == 0
    )


def test_soap_says_what_is_missing(monkeypatch):
    from loop.featurize.soap import Soap, SoapConfig

    with pytest.raises(ValueError, match="Xx"):
        SoapConfig(elements=("Na", "Xx"))
    if importlib.util.find_spec("dscribe"):
        monkeypatch.setitem(__import__("sys").modules, "dscribe.descriptors", None)
    with pytest.raises(MissingExtraError, match=r"synthloop\[soap\]"):
        Soap(SoapConfig(elements=("Na", "Cl")))


def test_soap_is_invariant_and_names_strangers():
    pytest.importorskip("dscribe")
    from loop.featurize.soap import Soap, SoapConfig

    block = Soap(SoapConfig(elements=("Cl", "Na"), cutoff=5.0, radial=4, angular=3))
    assert block.config.elements == ("Na", "Cl")
    doubled = ROCK_SALT.copy()
    doubled.make_supercell([[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    turned = RotationTransformation([1, 2, 3], 40).apply_transformation(doubled)
    found = block.describe([ROCK_SALT, turned, RUTILE, CAESIUM_CHLORIDE])
    assert set(found.failures) == {2, 3}
    assert "O, Ti is none of the elements" in found.failures[2]
    assert found.values[0].max() > 0
    np.testing.assert_allclose(found.values[1], found.values[0], rtol=1e-4, atol=1e-5)
    squeezed = ROCK_SALT.copy()
    squeezed.scale_lattice(ROCK_SALT.volume * 0.9)
    other = block.describe([squeezed]).values[0]
    assert np.abs(other - found.values[0]).max() > 0.01 * found.values[0].max()
