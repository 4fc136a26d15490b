"""The vendor's own client as referee of our double: what it cannot read, we did not build right."""

import warnings
from pathlib import Path

import pytest

from tests.lims_adapters.benchling_bench import KEY, BenchlingBench
from tests.lims_doubles.benchling import APP, FOLDER

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    sdk = pytest.importorskip("benchling_sdk.benchling", reason="benchling-sdk is not installed")
    from benchling_sdk.auth.api_key_auth import ApiKeyAuth
    from benchling_sdk.auth.client_credentials_oauth2 import ClientCredentialsOAuth2
    from benchling_sdk.errors import BenchlingError
    from benchling_sdk.helpers.serialization_helpers import fields
    from benchling_sdk.models import (
        AssayResultCreate,
        BlobType,
        CustomEntityCreate,
        CustomEntityUpdate,
        EntityArchiveReason,
    )

# Raised inside the vendor's client, where we cannot mend it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def bench(tmp_path: Path):
    made = BenchlingBench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(bench):
    # Straight to the double; the client keeps to https unless it is told otherwise.
    return sdk.Benchling(url=bench.address, auth_method=ApiKeyAuth(KEY))


def test_the_client_reads_what_we_ordered(bench, client):
    order = bench.orders(2)[1]
    receipt = bench.adapter().submit(order)
    pages = client.custom_entities.list(
        schema_id="ts_film0001", names_any_of_case_sensitive=[order.order_id]
    )
    (entity,) = [entity for page in pages for entity in page]
    assert (entity.id, entity.name, entity.folder_id) == (
        receipt.external_id, order.order_id, FOLDER,
    )  # fmt: skip
    assert entity.fields["Candidate"].value == order.candidate.label
    assert entity.fields["Status"].display_value == "Requested"
    assert entity.schema.name == "Polymer film"
    assert entity.web_url == receipt.url


def test_we_read_what_the_client_enters(bench, client):
    order = bench.orders(1)[0]
    entity = client.custom_entities.create(
        CustomEntityCreate(
            name=order.order_id,
            schema_id="ts_film0001",
            folder_id=FOLDER,
            fields=fields({"Candidate": {"value": "by hand"}}),
        )
    )
    assert bench.adapter().find(order.order_id).external_id == entity.id
    blob = client.blobs.create_from_bytes(b"300;0,1", "curve.csv", blob_type=BlobType.RAW_FILE)
    values = {
        "sample": {"value": entity.id}, "tg": {"value": "371.2"}, "unit": {"value": "K"},
        "curves": {"value": [blob.id]},
    }  # fmt: skip
    made = client.assay_results.create(
        [AssayResultCreate(schema_id="assaysch_tg", fields=fields(values))]
    )
    (batch,) = bench.adapter().poll(None, [order]).batches
    (result,) = batch.results
    assert (result.value, result.unit) == (371.2, "K")
    assert result.result_id == f"benchling:{made.assay_results[0]}/tg"
    assert bench.adapter().open_attachment(result.attachments[0]) == b"300;0,1"
    assert client.assay_results.get_by_id(made.assay_results[0]).fields["tg"].value == "371.2"
    client.assay_results.archive([made.assay_results[0]])
    cursor = bench.adapter().poll(None, [order]).cursor
    assert bench.adapter().poll(cursor, [order]).batches == ()
    client.custom_entities.archive([entity.id], EntityArchiveReason.MADE_IN_ERROR)
    assert bench.adapter().find(order.order_id) is None


def test_the_client_updates_an_entity_of_ours(bench, client):
    order = bench.orders(1)[0]
    receipt = bench.adapter().submit(order)
    update = CustomEntityUpdate(fields=fields({"Remark": {"value": "dry first"}}))
    changed = client.custom_entities.update(receipt.external_id, update)
    assert changed.fields["Remark"].value == "dry first"
    assert changed.fields["Candidate"].value == order.candidate.label


def test_the_client_sees_the_schemas_as_we_do(bench, client):
    found = [s for page in client.schemas.list_assay_result_schemas() for s in page]
    assert {s.name for s in found} == {"Glass transition", "Density", "Melt flow"}
    names = {d.name for s in found for d in s.field_definitions}
    assert {"tg", "rho", "sample", "unit"} <= names
    films = [s for page in client.schemas.list_entity_schemas() for s in page]
    status = next(d for s in films for d in s.field_definitions if d.name == "Status")
    # The client takes every definition for a simple one and keeps the rest aside.
    options = client.dropdowns.get_by_id(status.additional_properties["dropdownId"]).options
    assert "Cancelled" in {option.name for option in options}


def test_what_the_double_refuses_is_an_error_to_the_client(bench, client):
    wrong = CustomEntityCreate(
        name="x", schema_id="ts_film0001", folder_id=FOLDER, fields=fields({"Nope": {"value": 1}})
    )
    with pytest.raises(BenchlingError) as refused:
        client.custom_entities.create(wrong)
    assert refused.value.status_code == 400
    stranger = sdk.Benchling(url=bench.address, auth_method=ApiKeyAuth("sk_wrong"))
    with pytest.raises(BenchlingError) as refused:
        stranger.custom_entities.get_by_id("bfi_00000001")
    assert refused.value.status_code == 401


def test_the_client_signs_in_as_an_app_as_we_do(bench):
    order = bench.orders(1)[0]
    receipt = bench.build(client_id=APP).submit(order)
    app = sdk.Benchling(
        url=bench.address, auth_method=ClientCredentialsOAuth2(client_id=APP, client_secret=KEY)
    )
    assert app.custom_entities.get_by_id(receipt.external_id).name == order.order_id
    assert bench.tenant.tokens == 2
