"""The vendor's own client, made from the vendor's OpenAPI, agrees with the double."""

import json

import elabapi_python as elabapi
import pytest

from loop.testing.lab_bench import LabAnswer
from tests.lims_adapters.elab_bench import KEY, ElabBench


@pytest.fixture
def bench(tmp_path):
    made = ElabBench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(bench):
    configuration = elabapi.Configuration()
    configuration.api_key["api_key"] = KEY
    configuration.host = f"{bench.url}/api/v2"
    made = elabapi.ApiClient(configuration)
    made.set_default_header(header_name="Authorization", header_value=KEY)
    yield made
    made.rest_client.pool_manager.clear()
    made.pool.close()
    made.pool.join()


def test_the_vendor_s_client_reads_an_order_and_its_result_is_read_by_us(bench, client):
    (order,) = bench.orders(1)
    receipt = bench.adapter().submit(order)
    experiments = elabapi.ExperimentsApi(client)
    (listed,) = experiments.read_experiments(extended=f'extrafield:"Order ID":"{order.order_id}"')
    assert str(listed.id) == receipt.external_id
    assert (listed.status_title, listed.category_title) == ("To do", "Polymer")
    held = experiments.get_experiment(listed.id)
    metadata = json.loads(bench.site.experiments[held.id]["metadata"])
    metadata["extra_fields"]["Tg"]["value"] = "371.2"
    experiments.patch_experiment({"metadata": json.dumps(metadata)}, held.id)
    (batch,) = bench.adapter().poll(None, [order]).batches
    assert [(r.property, r.value, r.unit) for r in batch.results] == [("Tg", 371.2, "K")]


def test_the_vendor_s_client_makes_files_and_lists_as_we_do(bench, client, tmp_path):
    (order,) = bench.orders(1)
    number = int(bench.adapter().submit(order).external_id)
    bench.adapter().attach(order, "report.txt", "text/plain", b"ours")
    curve = tmp_path / "curve.csv"
    curve.write_bytes(b"T/K;mW")
    uploads = elabapi.UploadsApi(client)
    uploads.post_upload("experiments", number, file=str(curve), comment="DSC")
    bench.report(order.order_id, LabAnswer("Tg", "371.2", "K"))
    listed = {u.real_name: u.comment for u in uploads.read_uploads("experiments", number)}
    assert listed == {"report.txt": "filed by synthloop", "curve.csv": "DSC"}
    (batch,) = bench.adapter().poll(None, [order]).batches
    assert [a.name for a in batch.results[0].attachments] == ["curve.csv"]
    statuses = elabapi.ExperimentStatusApi(client).read_team_experiments_status("current")
    assert "Cancelled" in [status.title for status in statuses]
