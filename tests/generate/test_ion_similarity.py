"""The table of substitutions, against pymatgen's own reader of it."""

import warnings

import numpy as np
import pytest
from pymatgen.analysis.structure_prediction.substitution_probability import SubstitutionProbability
from pymatgen.core.periodic_table import Species

from loop.generate.ion_similarity import NEUTRAL, ion_similarity


@pytest.mark.slow
def test_weights_are_those_of_pymatgen():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = SubstitutionProbability()
    ours = ion_similarity()
    assert set(ours.ions) == {(s.symbol, s.oxi_state) for s in reference.species}
    species = [Species(symbol, state) for symbol, state in ours.ions]
    theirs = [[reference.get_lambda(one, other) for other in species] for one in species]
    assert np.array_equal(ours.weights, theirs)


def test_likes_replace_likes():
    others = [("K", 1), ("Mg", 2), ("Cl", -1)]
    sodium = ion_similarity().of("Na", 1, others)
    assert sodium.argmax() == 0
    # Without a charge an element is the mean of its states.
    assert ion_similarity().of("Fe", NEUTRAL, [("Co", 2), ("Cl", -1)]).argmax() == 0
