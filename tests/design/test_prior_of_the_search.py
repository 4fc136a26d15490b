"""The language model as prior of a campaign's search: it holds back what the model extrapolates."""

import numpy as np
import pytest
from rdkit import Chem

from loop.core.generated_space import GeneratedSpace
from loop.core.invention_ports import Foreseen, InventionRequest, Wish
from loop.core.objective import Maximize
from loop.design.inventor import CampaignInventor
from loop.errors import ConfigError
from loop.generate.ngram import NgramGenerator
from loop.service.plugins import PluginLookup
from tests.design.generated_campaign import MOLECULES

KNOWN = tuple(Chem.CanonSmiles(s) for s in MOLECULES)


def heavier_is_better(structures):
    """A model that promises more of every atom, as a straight line does beyond its data."""
    atoms = np.array([Chem.MolFromSmiles(s).GetNumHeavyAtoms() for s in structures], float)
    return Foreseen(atoms, np.full(len(structures), 0.5))


def invented(prior, generator="ngram"):
    space = GeneratedSpace.model_validate(
        {"kind": "pool+generated", "material": "molecule", "file": "pool.csv", "prior": prior,
         "generator": {"kind": generator}, "proposals": 300, "keep": 30, "particles": 20}
    )  # fmt: skip
    wish = Wish(Maximize(property="value"), heavier_is_better, 8.0, 0.1, 2.0)
    request = InventionRequest(space, (), KNOWN, KNOWN, np.zeros(len(KNOWN)), None, wish, 3)
    return CampaignInventor(PluginLookup()).invent(request).structures


def test_with_the_prior_candidates_are_likelier_under_the_language_model():
    taught = NgramGenerator(NgramGenerator.Config()).teach(KNOWN)
    plain, held = (np.mean(taught.log_prior(invented(p))) for p in ("none", "language-model"))
    assert held > plain + 2.0


def test_a_generator_without_a_language_model_is_no_prior():
    with pytest.raises(ConfigError, match="which has no language model"):
        invented("language-model", "graph-edits")
