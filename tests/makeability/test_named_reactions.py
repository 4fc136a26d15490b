"""Templates make what chemists make, and read backward they give what chemists start from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from loop.core.named_reaction import ATOMS, GROUPS, NamedReaction
from loop.core.named_reactions import NAMED_REACTIONS
from loop.makeability.reaction_templates import (
    CompiledForm,
    compiled_forms,
    disconnections,
    products,
    run,
    share,
)
from tests.makeability.textbook_reactions import EXAMPLES

NAMES = [reaction.name for reaction in NAMED_REACTIONS]
BLOCKS = sorted(
    {Chem.CanonSmiles(one) for reactants, _ in EXAMPLES.values() for one in reactants.split(".")}
)


def forms(name: str) -> list[CompiledForm]:
    return [form for form in compiled_forms() if form.reaction.name == name]


def test_there_are_many_reactions_and_each_has_a_textbook_example():
    assert len(NAMES) >= 40
    assert len(set(NAMES)) == len(NAMES)
    assert set(EXAMPLES) == set(NAMES)


def test_every_template_and_every_group_is_sound():
    assert all(Chem.MolFromSmarts(smarts) is not None for smarts in GROUPS.values())
    assert all(Chem.MolFromSmarts(f"[{query}]") is not None for query in ATOMS.values())
    for form in compiled_forms():
        assert set(form.reaction.incompatible) <= set(GROUPS), form.reaction.name
        assert form.forward.Validate(silent=True)[1] == 0
        assert form.retro.Validate(silent=True)[1] == 0
        assert form.forward.GetNumReactantTemplates() == form.reaction.n_reactants
        assert form.retro.GetNumProductTemplates() == form.reaction.n_reactants
        assert 0.0 < form.reaction.score <= 1.0


def test_an_unknown_word_in_a_template_is_an_error():
    wrong = NamedReaction("wrong", "[<amin>:1]>>[N:1]", "[N:1]>>[N:1]", 0.5)
    with pytest.raises(KeyError, match="amin"):
        wrong.forms()


@pytest.mark.parametrize("name", NAMES)
def test_a_textbook_reaction_runs_forward_and_backward(name):
    written, product = EXAMPLES[name]
    reactants = tuple(Chem.CanonSmiles(one) for one in written.split("."))
    product = Chem.CanonSmiles(product)
    working = [form for form in forms(name) if product in products(form, reactants)]
    assert working, f"{name} does not make {product}"
    for form in working:
        assert share(form, reactants, product) > 0.0, "spoilt by its own reactants"
        assert set(reactants) in [set(one) for one in run(form.retro, (product,))]
    assert any(step.reactants == tuple(sorted(reactants)) for step in disconnections(product)), (
        "lost among the ways back"
    )


@settings(max_examples=150)
@given(st.data())
def test_forward_and_retro_are_inverse_on_any_blocks(data):
    form = data.draw(st.sampled_from(compiled_forms()))
    drawn = st.sampled_from(BLOCKS)
    reactants = tuple(data.draw(drawn) for _ in range(form.reaction.n_reactants))
    for (product,) in run(form.forward, reactants):
        if product not in reactants:
            assert reactants in set(run(form.retro, (product,))), (form.reaction.name, product)


@pytest.mark.parametrize("name", NAMES)
def test_retro_offers_the_reactants_of_everything_forward_makes(name):
    found = 0
    for form in forms(name):
        patterns = form.forward.GetReactants()
        fitting = [
            [b for b in BLOCKS if Chem.MolFromSmiles(b).HasSubstructMatch(p)][:12] for p in patterns
        ]
        pairs = [(a,) for a in fitting[0]]
        if len(fitting) == 2:
            pairs = [(a, b) for a in fitting[0] for b in fitting[1]]
        for reactants in pairs:
            for (product,) in set(run(form.forward, reactants)):
                if product in reactants:
                    continue
                found += 1
                assert reactants in set(run(form.retro, (product,))), (reactants, product)
    assert found


def test_a_group_that_spoils_the_reaction_rules_it_out():
    (grignard,) = forms("Grignard addition to an aldehyde")
    good = ("O=Cc1ccccc1", "CCBr")
    spoilt = ("O=Cc1ccc(O)cc1", "CCBr")
    assert share(grignard, good, Chem.CanonSmiles("CCC(O)c1ccccc1")) == 1.0
    assert share(grignard, spoilt, Chem.CanonSmiles("CCC(O)c1ccc(O)cc1")) == 0.0


def test_the_share_counts_every_product_of_the_same_reactants():
    (coupling,) = forms("amide coupling")
    # 4-Aminobenzoic acid couples with itself as well: two products.
    reactants = ("CN", "Nc1ccc(C(=O)O)cc1")
    assert share(coupling, reactants, Chem.CanonSmiles("CNC(=O)c1ccc(N)cc1")) == 0.5
    # Two amines in one molecule, unlike each other: two products.
    diamine = ("CC(=O)O", "NCc1ccc(N)cc1")
    assert share(coupling, diamine, Chem.CanonSmiles("CC(=O)NCc1ccc(N)cc1")) == 0.5


def test_stereo_that_the_reaction_leaves_open_halves_the_share_and_other_stereo_stays():
    (reduction,) = forms("reduction of a ketone")
    assert share(reduction, ("CC(=O)c1ccccc1",), Chem.CanonSmiles("C[C@H](O)c1ccccc1")) == 0.5
    (coupling,) = forms("amide coupling")
    acid = Chem.CanonSmiles("C[C@H](c1ccccc1)C(=O)O")
    kept = Chem.CanonSmiles("C[C@H](c1ccccc1)C(=O)NC")
    turned = Chem.CanonSmiles("C[C@@H](c1ccccc1)C(=O)NC")
    assert share(coupling, (acid, "CN"), kept) == 1.0
    assert share(coupling, (acid, "CN"), turned) == 0.0
    (heck,) = [form for form in forms("Heck reaction") if form.reaction.leaving[0] == "Br"][:1]
    reactants = ("Brc1ccccc1", "C=CC(=O)OC")
    assert share(heck, reactants, Chem.CanonSmiles("COC(=O)/C=C/c1ccccc1")) == 1.0
    assert share(heck, reactants, Chem.CanonSmiles("COC(=O)/C=C\\c1ccccc1")) == 0.0
    assert share(heck, reactants, Chem.CanonSmiles("COC(=O)C=Cc1ccccc1")) == 1.0


def test_a_lactam_is_not_cut_in_two():
    assert not [s for s in disconnections("O=C1CCCCN1") if "amide" in s.reaction]
