"""Broken campaign files: each is refused with place, value and expectation."""

import json
import string
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.errors import ConfigError, MissingExtraError
from loop.service.campaign_file import read_campaign
from loop.service.plugins import PluginLookup
from loop.service.schema import campaign_schema
from loop.service.template import Answers, template, write_template
from loop.testing.small_campaign import write_small_campaign

PLUGINS = PluginLookup()

BROKEN = [
    ("seed = 7", "seed = -1", "seed", "-1", "at least 0"),
    ("seed = 7", "seed = 1.5", "seed", "1.5", "whole number"),
    ("seed = 7", 'seed = "x"', "seed", "x", "whole number"),
    ("seed = 7\n", "", "seed", "nothing", "required"),
    ("schema = 1", "schema = 2", "schema", "2", "one of 1"),
    ('title = "Small campaign"', 'title = ""', "title", "", "at least 1"),
    ('title = "Small campaign"', "title = 5", "title", "5", "text in quotes"),
    ('unit = "MPa"', 'unit = "MPascal2x"', "properties.strength", "unit", "not known"),
    ('unit = "MPa"', "", "properties.strength.unit", "nothing", "required"),
    ("noise_sd = 0.5", "noise_sd = 0", "properties.strength.noise_sd", "0", "greater than 0"),
    ("noise_sd = 0.5", "noise_sd = nan", "properties.strength.noise_sd", "nan", "finite"),
    ("noise_sd = 0.5", "noise_ds = 0.5", "properties.strength.noise_ds", "0.5", "'noise_sd'?"),
    ("noise_sd = 0.5", "noise_sd = 0.5\nnoise_relative = 0.1", "properties.strength", "", "not both"),
    ("plausible = [-50.0, 200.0]", "plausible = [2.0, 1.0]", "properties.strength", "", "lowest"),
    ("plausible = [-50.0, 200.0]", "plausible = [2.0]", "properties.strength.plausible", "", ""),
    ("[properties.strength]", "[properties.Strength]", "properties.Strength", "Strength", "lower-case"),
    ('kind = "maximize"', 'kind = "maximise"', "objective", "maximise", "maximize"),
    ('kind = "maximize"', 'kind = "target"', "objective.low", "nothing", "required"),
    ('property = "strength"', 'property = "colour"', "the whole", "colour", "none of the properties"),
    ('material = "columns"', 'material = "metal"', "space.material", "metal", "one of"),
    ('file = "pool.csv"', 'file = "pol.csv"', "space.file", "pol.csv", "existing file"),
    ('file = "pool.csv"', 'dataset = "nope"', "space.dataset", "nope", "thermal-liquid"),
    ('file = "pool.csv"', "", "space", "", "exactly one of file and dataset"),
    ('features = ["temperature", "ratio"]', "", "space", "", "features"),
    ('features = ["temperature", "ratio"]', 'features = "temperature"', "space.features", "", "list"),
    ("[batch]\nsize = 2", "[batch]\nsize = 0", "batch.size", "0", "at least 1"),
    ("[batch]\nsize = 2", "[batch]\nsize = 9", "the whole", "", "at most budget.experiments"),
    ("experiments = 8", "experiments = 0", "budget.experiments", "0", "at least 1"),
    ("cost_per_experiment = 250.0", "cost = 250.0", "budget.cost", "250", "cost_per_experiment"),
    ("[initial]\nsize = 4", "[initial]\nsize = 1", "initial.size", "1", "at least 2"),
    ("[initial]\nsize = 4", '[initial]\nkind = "sobol"', "initial.kind", "sobol", "diverse"),
    ('kind = "worksheet"', 'kind = "workshet"', "lims.kind", "workshet", "worksheet"),
    ('kind = "worksheet"', "", "lims.kind", "nothing", "required"),
    ('kind = "worksheet"', 'kind = "worksheet"\nsettle_seconds = -1', "lims.settle_seconds", "-1", "at least 0"),
    ('kind = "worksheet"', 'kind = "worksheet"\nfoldr = "x"', "lims.foldr", "x", "'folder'?"),
    ('approval = "auto"', 'approval = "maybe"', "approval", "maybe", "person"),
    ('approval = "auto"', 'aproval = "auto"', "aproval", "auto", "'approval'?"),
    ('approval = "auto"', 'slug = "other"', "slug", "other", "folder's name"),
    ("[batch]", "[acquisition]\nkind = \"log-ei\"\nshortlist = 0\n[batch]", "acquisition.shortlist", "0", "at least"),
    ("[batch]", "[surrogate]\nkind = \"gpp\"\n[batch]", "surrogate.kind", "gpp", "gp"),
    ("[batch]", "[featurizer]\nkind = \"auto\"\nradius = 2\n[batch]", "featurizer", "radius", "no options"),
    ("[batch]", "[batch", "syntax", "line", "TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "value", "expected"), BROKEN)
def test_a_broken_file_is_refused_in_words(tmp_path, old, new, place, value, expected):
    path = write_small_campaign(tmp_path, lims='kind = "worksheet"\n')
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_campaign(path, PLUGINS)
    lines = [str(p) for p in caught.value.problems]
    assert any(place in x and value in x and expected in x for x in lines), lines
    assert all(str(path) in line for line in lines)
    assert "pydantic" not in str(caught.value)


def test_all_problems_are_said_at_once(tmp_path):
    path = write_small_campaign(tmp_path)
    text = path.read_text(encoding="utf-8").replace("seed = 7", "seed = -7")
    path.write_text(text.replace('approval = "auto"', 'approval = "no"'), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_campaign(path, PLUGINS)
    assert {p.place for p in caught.value.problems} == {"seed", "approval"}


def test_files_that_are_no_campaign_files(tmp_path):
    for path, word in (
        (tmp_path / "nothing.toml", "synthloop new"),
        (tmp_path, "a folder"),
    ):
        with pytest.raises(ConfigError, match=word):
            read_campaign(path, PLUGINS)
    binary = tmp_path / "x.toml"
    binary.write_bytes(b"title = '\xff'")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_campaign(binary, PLUGINS)
    binary.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="at most 1000000"):
        read_campaign(binary, PLUGINS)


def test_the_committed_schema_is_current(request):
    stored = request.config.rootpath / "campaigns" / "campaign.schema.json"
    now = json.loads(json.dumps(campaign_schema(PLUGINS)))
    assert json.loads(stored.read_text(encoding="utf-8")) == now, (
        "run: synthloop schema --write campaigns/campaign.schema.json"
    )


def test_an_unknown_plugin_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'worksheet'"):
        PLUGINS.load("synthloop.lims", "worksheets")
    with pytest.raises(ConfigError, match="install the plug-in"):
        PLUGINS.load("synthloop.lims", "zzz")
    assert issubclass(MissingExtraError, Exception)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=60)
names = st.text(string.ascii_lowercase, min_size=1, max_size=12)


@given(title=words, prop=names, column=words, experiments=st.integers(2, 500), data=st.data())
def test_what_new_writes_is_a_campaign_file(
    tmp_path_factory, title, prop, column, experiments, data
):
    home = tmp_path_factory.mktemp("w")
    material = data.draw(st.sampled_from(["molecule", "polymer", "composition", "columns"]))
    answers = Answers(
        slug="mine", title=title, material=material, file="pool.csv", structure=column,
        features=(column,), property=prop, unit="W/m/K",
        goal=data.draw(st.sampled_from(["maximize", "minimize"])), experiments=experiments,
        batch=data.draw(st.integers(1, experiments).filter(lambda n: n <= 384)),
    )  # fmt: skip
    assert tomllib.loads(template(answers))["title"] == title
    path = write_template(home, answers)
    (path.parent / "pool.csv").write_text("x\n1\n", encoding="utf-8")
    definition = read_campaign(path, PLUGINS)
    assert definition.title == title
    assert definition.budget.experiments == experiments
    with pytest.raises(ConfigError, match="there already"):
        write_template(home, answers)
