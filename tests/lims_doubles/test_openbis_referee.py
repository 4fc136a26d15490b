"""The vendor's own client as referee of our double: what it cannot read, we did not build right."""

import warnings
from pathlib import Path

import pytest

from tests.lims_adapters.openbis_bench import TOKEN, OpenBisBench

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pybis = pytest.importorskip("pybis", reason="pybis is not installed")

# Raised inside the vendor's client, where we cannot mend it.
pytestmark = [pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def bench(tmp_path: Path):
    made = OpenBisBench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(bench):
    client = pybis.Openbis(
        bench.address,
        allow_http_but_do_not_use_this_in_production_and_only_within_safe_networks=True,
    )
    client.set_token(TOKEN, save_token=False)
    return client


def test_the_client_reads_what_we_ordered(bench, client):
    order = bench.orders(2)[1]
    receipt = bench.adapter().submit(order)
    sample = client.get_sample(f"/FILMS/LOOP/{order.order_id.upper()}")
    assert sample.permId == receipt.external_id
    assert sample.type.code == "POLYMER_FILM"
    assert sample.props["name"] == order.candidate.label
    assert sample.props["status"] == "REQUESTED"


def test_we_read_what_the_client_enters(bench, client):
    order = bench.orders(1)[0]
    made = client.new_sample(
        "POLYMER_FILM", code=order.order_id, space="FILMS", project="/FILMS/LOOP",
        props={"name": "by hand"},
    )  # fmt: skip
    made.save()
    assert bench.adapter().find(order.order_id).external_id == made.permId
    measured = client.new_sample(
        "MEASUREMENT", code="M1", space="FILMS", project="/FILMS/LOOP",
        parents=[f"/FILMS/LOOP/{order.order_id.upper()}"],
        props={"tg": "371.2", "unit": "K", "repeat": 1},
    )  # fmt: skip
    measured.save()
    (batch,) = bench.adapter().poll(None, [order]).batches
    (result,) = batch.results
    assert (result.value, result.unit) == (371.2, "K")
    assert result.result_id == f"openbis:{measured.permId}/TG"
    measured.props["tg"] = "365.9"
    measured.save()
    (batch,) = bench.adapter().poll(None, [order]).batches
    assert [(r.value, r.result_id) for r in batch.results] == [(365.9, result.result_id)]


def test_the_client_lists_our_samples(bench, client):
    orders = bench.orders(3)
    for order in orders:
        bench.adapter().submit(order)
    listed = client.get_samples(type="POLYMER_FILM", space="FILMS").df
    assert sorted(listed["identifier"]) == sorted(
        f"/FILMS/LOOP/{order.order_id.upper()}" for order in orders
    )


def test_a_second_sample_of_a_code_is_an_error_to_the_client(bench, client):
    order = bench.orders(1)[0]
    bench.adapter().submit(order)
    again = client.new_sample(
        "POLYMER_FILM", code=order.order_id, space="FILMS", project="/FILMS/LOOP"
    )
    with pytest.raises(ValueError, match="already exists"):
        again.save()
