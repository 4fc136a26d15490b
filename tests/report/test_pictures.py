"""The pictures of a real campaign's space, in its report."""

import numpy as np
import pytest

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.report.pictures import space_pictures
from loop.service.ask import Ask
from loop.service.views import DescribedPool
from loop.settings import Settings
from loop.testing.small_campaign import WORKSHEET, simulated_lab, write_small_campaign
from loop.wiring import build, write_report


@pytest.fixture
def door(tmp_path):
    built = build(Settings(workspace=tmp_path, actor="ada"))
    yield built
    built.close()


def test_a_report_shows_the_space_and_what_goes_with_the_property(door, tmp_path):
    door.service.open(
        write_small_campaign(tmp_path, lims=simulated_lab(failure=0.0)), Ask.by("ada")
    )
    door.worker.run("small")
    described = door.queries.described_pool("small")
    assert len(described.features) == 24
    assert sorted(described.labels[row] for row in described.measured) == sorted(
        m.label for m in door.queries.view("small").measurements
    )
    assert np.isfinite(described.values).sum() == len(described.measured) == 8
    assert not len(described.proposed)
    page = write_report(door, "small").read_text(encoding="utf-8")
    assert "The space of candidates" in page
    assert "principal component 1" in page
    assert "Descriptors that go with the property" in page


def test_what_the_lab_is_asked_for_is_marked_and_a_missing_picture_says_why(door, tmp_path):
    path = write_small_campaign(tmp_path, lims=WORKSHEET, approval="person")
    door.service.open(path, Ask.by("ada"))
    door.worker.run("small")
    proposed = {i.item.candidate.label for i in door.queries.view("small").current_round.items}
    described = door.queries.described_pool("small")
    assert {described.labels[row] for row in described.proposed} == proposed
    page = write_report(door, "small").read_text(encoding="utf-8")
    assert "a map needs three" in page


def test_hashed_counts_are_left_out_of_the_heat_map_but_not_of_the_space():
    rng = np.random.default_rng(0)
    counts = rng.poisson(1.0, (30, 6)).astype(np.uint8)
    reals = rng.normal(size=(30, 2)).astype(np.float32)
    features = FeatureMatrix(
        (
            FeatureBlock("Morgan", "counts", tuple(f"bit {i}" for i in range(6)), counts),
            FeatureBlock("numbers", "reals", ("mass [u]", "logP"), reals),
        ),
        digest="d",
    )
    rows = np.arange(30, dtype=np.intp)
    described = DescribedPool(
        features, tuple(map(str, rows)), reals[:, 0].astype(float), rows, rows[:0]
    )
    space, heat = space_pictures(described, "k [W/m/K]", 1)
    assert "mass [u]" in heat.figure.to_json()
    assert "bit 3" not in heat.figure.to_json()
    assert "principal component 2" in space.figure.layout.yaxis.title.text
