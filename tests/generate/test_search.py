"""Searches with real molecules: what they find, what they keep apart, how they go on and stop."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem.Crippen import MolLogP

from loop.errors import ConfigError, DataError, ModelError
from loop.generate.archive import Target
from loop.generate.constraints import forbidden, limits, together
from loop.generate.kinship import Fingerprints
from loop.generate.ngram import NgramGenerator
from loop.generate.region import Region
from loop.generate.search import Search
from loop.generate.search_state import SearchConfig
from loop.generate.wants import Better, Window
from tests.generate.conftest import logp_and_weight
from tests.generate.substitution import AtomEdits, AtomSubstitution

CHAINS = ["F" + "".join(x) + "Cl" for x in itertools.product("CNO", repeat=5)]


def logp(chains):
    return np.array([MolLogP(Chem.MolFromSmiles(s)) for s in chains])


def polar(chains):
    return -0.5 * ((logp(chains) + 0.5) / 0.25) ** 2


def config(**settings):
    return SearchConfig(**({"size": 40, "batch": 40, "proposals": 1200} | settings))


def mean_similarity(structures):
    kin = Fingerprints()
    return np.mean([np.sort(kin(s, structures))[-2] for s in structures])


def test_sampling_meets_the_posterior_that_can_be_counted_out():
    value = polar(CHAINS)
    exact = np.exp(value) / np.exp(value).sum()
    wanted = float(exact @ logp(CHAINS))
    assert abs(wanted - logp(CHAINS).mean()) > 0.5
    found = []
    for seed in range(8):
        search = Search(
            AtomSubstitution(),
            Target(polar),
            config(policy="smc", proposals=1600, patience=99),
            seed,
        )
        result = search.run(CHAINS[:1])
        assert result.population.beta == 1.0
        weights = np.exp(result.population.log_weights)
        found.append(weights @ logp(result.particles) / weights.sum())
    assert np.mean(found) == pytest.approx(wanted, abs=0.05)


def test_posterior_weights_over_the_archive_are_prior_times_likelihood():
    target = Target(
        polar, forbidden(["OO"]), lambda chains: -0.7 * np.array([s.count("N") for s in chains])
    )
    result = Search(AtomSubstitution(), target, config(proposals=400, renewals=0), 1).run(
        CHAINS[:1]
    )
    seen = result.visited
    assert not any("OO" in s for s in seen.structures)
    raw = np.exp(polar(seen.structures)) * np.exp([-0.7 * s.count("N") for s in seen.structures])
    assert seen.posterior == pytest.approx(raw / raw.sum())
    assert result.standing.failures["forbidden by the constraints"] > 0


def test_the_archive_holds_each_structure_once_with_its_lineage(polymers, region):
    result = Search(AtomEdits(), region.target(), config(), 0).run(polymers)
    seen = result.visited
    assert len(set(seen.structures)) == len(seen) > len(polymers)
    assert seen.structures[: len(polymers)] == tuple(polymers)
    assert (seen.parents[seen.made] < np.arange(len(seen))[seen.made]).all()
    assert (seen.parents[~seen.made] == -1).all()
    assert all(
        note == "one atom edited" for note, made in zip(seen.notes, seen.made, strict=True) if made
    )
    assert seen.log_likelihood == pytest.approx(region(seen.structures))
    assert all(s == Chem.CanonSmiles(s) for s in result.particles)


@pytest.mark.parametrize("policy", ["elitist", "smc"])
def test_it_finds_the_region_that_no_initial_structure_is_in(polymers, region, policy):
    assert region(polymers).max() < -10
    result = Search(AtomEdits(), region.target(), config(policy=policy), 3).run(polymers)
    hits = result.visited.log_likelihood > np.log(0.5)
    assert hits.sum() >= 20
    assert not result.warnings
    assert len(set(result.particles)) == len(result.particles) == 40


def test_optimising_finds_better_ones_than_sampling(polymers):
    steep = Region(logp_and_weight, [Better("logp", slope=4.0), Window("weight", high=300.0)])

    def best(policy):
        search = Search(AtomEdits(), steep.target(), config(policy=policy, proposals=800), 1)
        return np.sort(search.run(polymers).visited.log_likelihood)[-40:].mean()

    assert best("elitist") > best("smc") + 1.0


def test_the_similarity_penalty_keeps_particles_apart(polymers, region):
    def particles(cost):
        settings = config(similar_cost=cost, similar_above=0.4)
        return (
            Search(AtomEdits(), region.target(), settings, 5, Fingerprints())
            .run(polymers)
            .particles
        )

    assert mean_similarity(particles(8.0)) < mean_similarity(particles(0.0)) - 0.05


def test_constraints_hold_for_all_that_is_visited(polymers, region):
    rule = together(limits(elements=["C", "N", "O"]), forbidden(["[#7]-[#7]", "[#8]-[#8]"]))
    result = Search(AtomEdits(), region.target(rule), config(), 2).run(polymers)
    assert "*CC(*)Cl" not in result.visited.structures
    assert len(result.visited) > 100
    for structure in result.visited.structures:
        atoms = {a.GetSymbol() for a in Chem.MolFromSmiles(structure).GetAtoms()}
        assert atoms <= {"*", "C", "N", "O"}


@pytest.mark.parametrize("policy", ["elitist", "smc"])
def test_the_same_seed_makes_the_same_search_and_another_does_not(polymers, region, policy):
    def visited(seed):
        search = Search(AtomEdits(), region.target(), config(policy=policy, proposals=400), seed)
        return search.run(polymers).visited.structures

    assert visited(7) == visited(7)
    assert visited(7) != visited(8)


def test_a_language_model_moves_and_is_the_prior_of_the_posterior(polymers):
    taught = NgramGenerator(NgramGenerator.Config()).teach(polymers)
    region = Region(logp_and_weight, [Window("logp", 3.0, 4.0), Window("weight", 150.0, 260.0)])
    target = region.target(limits(elements=["C", "N", "O", "Cl"]), taught.log_prior)
    result = Search(taught, target, config(proposals=800), 0, Fingerprints()).run(polymers)
    seen = result.visited
    new = seen.made & (seen.log_likelihood > np.log(0.5))
    assert new.sum() >= 20
    assert all(s.count("*") == 2 for s in seen.structures)
    assert np.isfinite(seen.log_prior).all()
    joint = seen.log_prior + seen.log_constraint + seen.log_likelihood
    first, second = np.argsort(-joint)[:2]
    ratio = seen.posterior[first] / seen.posterior[second]
    assert np.log(ratio) == pytest.approx(joint[first] - joint[second])


def test_another_cut_of_the_same_chain_is_no_new_polymer(polymers, region):
    recut = ["*C(C)C*", "*OC(=O)c1ccc(C(=O)OCC*)cc1"]
    same_as = {Chem.CanonSmiles(recut[0]): "*CC(*)C"}
    result = Search(
        AtomEdits(),
        region.target(key=lambda s: None if "S" in s else same_as.get(s, s)),
        config(renewals=0),
        0,
    ).run([*polymers, *map(Chem.CanonSmiles, recut)])
    assert sum(step == 0 for step in result.visited.steps) == len(polymers) + 1
    assert not any("S" in s for s in result.visited.structures)
    assert result.standing.failures["forbidden by the constraints"] > 0


def test_what_the_constraints_forbid_is_made_anew(polymers, region):
    rule = limits(elements=["C", "N", "O"])

    def done(renewals):
        settings = config(proposals=400, renewals=renewals)
        return Search(AtomEdits(), region.target(rule), settings, 2).run(polymers)

    once, again = done(0), done(5)
    lost = [r.standing.failures.get("forbidden by the constraints", 0) for r in (once, again)]
    assert lost[0] > 20
    assert lost[1] < 0.2 * lost[0]
    assert once.standing.tried == again.standing.tried == 400
    assert again.standing.retries > lost[0] - lost[1]
    seen = again.visited
    assert not any("S" in s for s in seen.structures)
    # A parent tires of what was forbidden too.
    made = 400 - sum(again.standing.failures.values())
    assert seen.offspring.sum() == made + again.standing.retries


class InterruptedSearchError(Exception):
    pass


class Breaking(AtomEdits):
    """Breaks off at its n-th call, as a machine that is switched off would."""

    def __init__(self, calls):
        self.calls = calls

    def propose(self, parents, size, seed):
        self.calls -= 1
        if self.calls < 0:
            raise InterruptedSearchError
        return super().propose(parents, size, seed)


def same(one, two):
    assert one.visited.structures == two.visited.structures
    for name in ("log_likelihood", "log_constraint", "log_prior", "parents", "steps", "offspring"):
        assert getattr(one.visited, name).tobytes() == getattr(two.visited, name).tobytes()
    assert one.visited.notes == two.visited.notes
    assert one.population.rows.tolist() == two.population.rows.tolist()
    assert one.population.log_weights.tobytes() == two.population.log_weights.tobytes()
    assert one.population.beta == two.population.beta
    assert replace(one.standing, seconds=0) == replace(two.standing, seconds=0)
    assert one.stopped == two.stopped


@pytest.mark.parametrize("policy", ["elitist", "smc"])
@pytest.mark.parametrize("calls", [3, 11])
def test_an_interrupted_search_goes_on_as_if_it_had_not_been(
    tmp_path, polymers, region, policy, calls
):
    settings = config(policy=policy, proposals=600, checkpoint_steps=2)
    target = region.target(limits(elements=["C", "N", "O", "Cl"]))
    whole = Search(AtomEdits(), target, settings, 4, Fingerprints()).run(polymers)
    file = tmp_path / "search.safetensors"
    with pytest.raises(InterruptedSearchError):
        Search(Breaking(calls), target, settings, 4, Fingerprints()).run(polymers, checkpoint=file)
    resumed = Search(AtomEdits(), target, settings, 4, Fingerprints()).run(
        polymers, checkpoint=file
    )
    same(whole, resumed)
    assert [p.name for p in tmp_path.iterdir()] == ["search.safetensors"]
    # Asked once more, it has nothing left to do.
    same(
        whole,
        Search(Breaking(0), target, settings, 4, Fingerprints()).run(polymers, checkpoint=file),
    )


def test_a_finished_search_goes_on_when_more_proposals_are_granted(tmp_path, polymers, region):
    file = tmp_path / "search.safetensors"
    Search(AtomEdits(), region.target(), config(proposals=400), 4).run(polymers, checkpoint=file)
    more = Search(AtomEdits(), region.target(), config(proposals=800), 4).run(
        polymers, checkpoint=file
    )
    same(more, Search(AtomEdits(), region.target(), config(proposals=800), 4).run(polymers))


def test_a_checkpoint_of_another_search_is_refused(tmp_path, polymers, region):
    file = tmp_path / "search.safetensors"
    Search(AtomEdits(), region.target(), config(proposals=80), 4).run(polymers, checkpoint=file)

    def resume(target=None, seed=4, initial=polymers, **settings):
        search = Search(
            AtomEdits(), target or region.target(), config(proposals=80, **settings), seed
        )
        search.run(initial, checkpoint=file)

    with pytest.raises(ConfigError, match="seed 4, not 5"):
        resume(seed=5)
    with pytest.raises(ConfigError, match="with settings"):
        resume(policy="smc")
    with pytest.raises(ConfigError, match="with initial"):
        resume(initial=polymers[1:])
    other = Region(logp_and_weight, [Window("logp", -1.0, 0.0), Window("weight", 91.0, 130.0)])
    with pytest.raises(ConfigError, match="the surrogate or the target has changed"):
        resume(other.target())
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"search.safetensors: .*; expected the checkpoint"):
        resume()


def test_a_region_out_of_reach_is_a_warning_with_the_nearest_predictions(polymers):
    far = Region(logp_and_weight, [Window("logp", 90.0, 95.0), Window("weight", 90.0, 130.0)])
    result = Search(AtomEdits(), far.target(), config(proposals=400), 0).run(polymers)
    (warning,) = result.warnings
    assert "likely to reach logp 90 to 95, weight 90 to 130; nearest: " in warning
    nearest = result.visited.structures[int(np.argmax(result.visited.log_likelihood))]
    assert nearest in warning
    assert far.describe([nearest])[0] in warning


def test_a_slope_does_not_pass_for_a_hit(polymers):
    steep = Region(
        logp_and_weight, [Better("logp", threshold=50.0, slope=1e4), Window("weight", 0.0, 900.0)]
    )
    result = Search(AtomEdits(), steep.target(), config(proposals=200), 0).run(polymers)
    assert result.visited.log_likelihood.max() > 0
    assert len(result.warnings) == 1


def test_it_stops_when_nothing_is_gained(region):
    class Barren:
        def propose(self, parents, size, seed):
            return replace(AtomEdits().propose(parents[:1], 1, 0), structures=(), notes=(), tried=size,
                           parents=np.array([], dtype=np.intp), failures={"nothing": size})  # fmt: skip

    result = Search(Barren(), region.target(), config(proposals=10_000, patience=6), 0).run(
        ["*CC*"]
    )
    assert result.stopped == "no gain over 6 steps"
    assert result.standing.tried == 240
    assert result.standing.failures == {"nothing": 240}


def test_wall_time_ends_a_search_and_progress_is_told(polymers, region):
    told = []
    settings = config(proposals=1_000_000, seconds=0.3, patience=10_000)
    result = Search(AtomEdits(), region.target(), settings, 0).run(
        polymers, lambda *x: told.append(x)
    )
    assert result.stopped == "0.3 s used"
    shares = [share for _, share in told]
    assert len(told) == result.standing.step
    assert shares == sorted(shares)
    assert "of 1,000,000 proposals" in told[-1][0]
    assert told[-1][0].endswith(" s left")


def test_nothing_to_start_from_is_an_error(polymers, region):
    search = Search(AtomEdits(), region.target(limits(elements=["Si"])), config(), 0)
    with pytest.raises(DataError, match="no structure to start from"):
        search.run([])
    with pytest.raises(DataError, match="none of the 10 initial structures passes"):
        search.run(polymers)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(lambda s: np.full(len(s), np.nan)), "log likelihood of .* is nan"),
        (Target(lambda s: np.full(len(s), -np.inf)), "is infinite; expected a finite number"),
        (Target(lambda s: np.zeros(len(s) + 1)), "log likelihood of shape"),
        (
            Target(polar, constraint=lambda s: np.full(len(s), np.inf)),
            "log constraint of .* is inf",
        ),
    ],
)
def test_scores_that_are_no_numbers_are_named(target, words):
    with pytest.raises(ModelError, match=words):
        Search(AtomSubstitution(), target, config(), 0).run(CHAINS[:1])
