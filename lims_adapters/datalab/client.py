"""The calls of datalab's web API that the adapter makes (datalab-server 0.7.12).

Facts that shape it: a save merges the fields sent into the item as it is then, the last writer
wins; `last_modified` moves with a save and an upload, but not when a block is edited or a file is
taken off, so that it cannot serve as a cursor; a list without an end is all there is.
"""

from typing import Any

from lims_adapters.datalab.config import DatalabConfig
from lims_adapters.transport.client import LabHttp, Reply
from loop.errors import AdapterError, RetryableAdapterError

Item = dict[str, Any]


class DatalabClient:
    """One datalab, in its own words. Raises what `LabHttp` raises."""

    def __init__(self, config: DatalabConfig) -> None:
        key = config.secret.read().get_secret_value()
        self._http = LabHttp(config, "datalab", headers={"DATALAB-API-KEY": key})
        self._url = config.url

    def whoami(self) -> Item:
        """Return the account that the key belongs to."""
        return self._object(self._http.get("/get-current-user/"), "display_name")

    def people(self, name: str) -> list[Item]:
        """Return the accounts that a search for a name finds, exact or not."""
        reply = self._http.get("/search/users/", {"query": name, "nresults": 100})
        return list(self._object(reply, "users")["users"])

    def status_words(self) -> list[str]:
        """Return every status that a sample can have."""
        told = self._object(self._http.get("/info/types/samples"), "data")
        schema = told["data"].get("attributes", {}).get("schema", {})
        listed = schema.get("definitions", {}).get("ItemStatus", {}).get("enum", [])
        return [str(word) for word in listed]

    def samples(self) -> list[Item]:
        """Return all samples that we may see, in short: status, numbers of files, block titles."""
        reply = self._http.get("/samples/")
        listed = self._object(reply, "samples")["samples"]
        if not isinstance(listed, list) or not all("item_id" in entry for entry in listed):
            raise RetryableAdapterError(f"{reply.where}: no list of samples: {reply.shown()!r}")
        return listed

    def item(self, item_id: str) -> Item | None:
        """Return a sample with its files and blocks, None if there is none that we may see."""
        reply = self._http.get(f"/get-item-data/{item_id}", allow={404})
        told = self._object(reply, "status")
        if reply.status == 404:
            # A gateway that has lost the server says 404 too, and means something else.
            if "No matching items" not in str(told.get("message", "")):
                raise RetryableAdapterError(f"{reply.where}: 404: {reply.shown()}")
            return None
        found = self._object(reply, "item_data")["item_data"]
        if not isinstance(found, dict) or found.get("item_id") != item_id:
            raise RetryableAdapterError(f"{reply.where}: another sample than was asked for")
        return found

    def create(self, sample: Item) -> str | None:
        """Make a sample; return its refcode, None if the id is taken."""
        reply = self._http.post("/new-sample/", json={"new_sample_data": sample}, allow={409})
        if reply.status == 409:
            return None
        entry = self._object(reply, "sample_list_entry")["sample_list_entry"]
        return str(entry.get("refcode", ""))

    def save(self, item_id: str, changed: Item) -> bool:
        """Change fields of a sample; return False if it may not be changed by us."""
        reply = self._http.post(
            "/save-item/", json={"item_id": item_id, "data": changed}, allow={404}, repeatable=True
        )
        return reply.status != 404

    def add_comment(self, item_id: str) -> str:
        """Add a comment block and return the id that the server gives it."""
        asked = {"block_type": "comment", "item_id": item_id, "index": None}
        reply = self._http.post("/add-data-block/", json=asked)
        return str(self._object(reply, "new_block_obj")["new_block_obj"]["block_id"])

    def write_comment(self, item_id: str, block_id: str, title: str, html: str) -> None:
        """Write the text of a comment block; nothing else of the sample is touched."""
        block = {
            "blocktype": "comment", "block_id": block_id, "item_id": item_id, "title": title,
            "freeform_comment": html,
        }  # fmt: skip
        asked = {"block_data": block, "block_type": "comment", "save_to_db": True}
        self._http.post("/update-block/", json=asked, repeatable=True)

    def upload(
        self, item_id: str, name: str, media_type: str, content: bytes, replaces: str | None
    ) -> None:
        """Attach a file, or a new content of one that is attached."""
        self._http.post(
            "/upload-file/",
            files={"files[]": (name, content, media_type)},
            data={"item_id": item_id, "replace_file": replaces or "null"},
            allow={304},
            repeatable=replaces is not None,
        )

    def file(self, file_id: str, name: str) -> bytes:
        """Return the content of an attached file."""
        return self._http.get(f"/files/{file_id}/{name}").content

    def address(self, refcode: str) -> str:
        """Return where a person finds a sample; the server leads on to its web pages."""
        return f"{self._url}/items/{refcode}?redirect-to-ui=true"

    def _object(self, reply: Reply, key: str) -> Item:
        told = reply.json()
        if not isinstance(told, dict) or key not in told:
            raise RetryableAdapterError(f"{reply.where}: no {key!r} in {reply.shown()!r}")
        return told


def taken(item_id: str) -> AdapterError:
    """Return the error that our item id belongs to a sample that is not ours."""
    return AdapterError(
        f"datalab has a sample {item_id!r} that is not this order's, or that this account may "
        "not see",
        hint="look at it in datalab: share it with the campaign's account, or rename it",
    )
