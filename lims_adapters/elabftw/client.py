"""The requests that eLabFTW's REST API takes (version 2 of the API; source of eLabFTW 5 and 6)."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from lims_adapters.elabftw.config import ElabConfig
from lims_adapters.elabftw.entry import SYSTEM, Entry
from lims_adapters.transport.client import LabHttp
from loop.core.result import ResultAttachment
from loop.errors import AdapterError

_API: Final = "api/v2"
_PAGE: Final = 100
OURS: Final = "filed by synthloop"


class ElabClient:
    """One API key at one eLabFTW."""

    def __init__(self, config: ElabConfig) -> None:
        self._key = config.secret.read()
        self._field = config.order_field
        self._http = LabHttp(config, SYSTEM, {"Authorization": self._key.get_secret_value()})

    def account(self) -> Mapping[str, Any]:
        """Return who we are.

        Raises:
            LabAccessError: nobody that eLabFTW knows.
            RetryableAdapterError: it does not answer.
        """
        user = self._http.get_json(f"{_API}/users/me")
        if not isinstance(user, dict) or not user.get("userid"):
            raise AdapterError(f"{SYSTEM}: users/me is no user")
        return user

    def may_write(self) -> bool:
        """Whether the key may write, as far as eLabFTW lists it."""
        number, _, _ = self._key.get_secret_value().partition("-")
        keys = self._listed("apikeys")
        return all(key.get("can_write") for key in keys if str(key.get("id")) == number)

    def titles(self, kind: str) -> dict[str, int]:
        """Return the numbers of a team's statuses or categories by their title.

        Args:
            kind: `experiments_status` or `experiments_categories`.
        """
        listed = self._listed(f"teams/current/{kind}")
        return {str(item.get("title")): int(item["id"]) for item in listed}

    def entries(self, order_id: str) -> list[Entry]:
        """Return the experiments whose order field contains a text, in any case, oldest first.

        That is how eLabFTW searches: hold their order id against the one that was asked for.

        Raises:
            LabAccessError: it does not take our key.
            RetryableAdapterError: try later.
        """
        # Without a scope, a user's own preference decides what a list shows; archived ones (2)
        # are there, deleted ones (3) are not.
        asked = {
            "extended": f'extrafield:"{self._field}":"{order_id}"',
            "scope": 3,
            "state": "1,2",
            "order": "id",
            "sort": "asc",
        }
        found: dict[int, Entry] = {}
        offset = 0
        while True:
            page = self._listed("experiments", **asked, limit=_PAGE, offset=offset)
            for item in page:
                entry = Entry.read(item, self._field)
                found[entry.number] = entry
            if len(page) < _PAGE:
                return [found[number] for number in sorted(found)]
            offset += len(page)

    def entry(self, number: int) -> Entry:
        """Return an experiment as it is now."""
        item = self._http.get_json(f"{_API}/experiments/{number}")
        return Entry.read(item, self._field)

    def create(self, body: Mapping[str, Any]) -> None:
        """Make an experiment.

        Raises:
            RetryableAdapterError: it may or may not be there.
            AdapterError: eLabFTW refuses it.
        """
        self._http.post(f"{_API}/experiments", json=body)

    def set_status(self, number: int, status: int) -> None:
        """Set the status of an experiment."""
        self._patch(number, {"status": status})

    def set_field(self, number: int, name: str, value: str) -> None:
        """Set the value of one extra field; the server leaves the others as they are.

        Raises:
            RetryableAdapterError: it may or may not be written; the same call is safe.
            AdapterError: the experiment has no such field.
        """
        after = self._patch(number, {"action": "updatemetadatafield", name: value})
        if after.value(name) != value:
            raise AdapterError(
                f"{SYSTEM}: experiment {number} has no extra field {name!r} to write to",
                hint="it is there in every new order; somebody must have removed it",
            )

    def _patch(self, number: int, body: Mapping[str, Any]) -> Entry:
        path = f"{_API}/experiments/{number}"
        reply = self._http.request("PATCH", path, json=body, repeatable=True)
        return Entry.read(reply.json(), self._field)

    def files(self, number: int, *, ours: bool) -> tuple[ResultAttachment, ...]:
        """Return the files of an experiment, ours or those of the lab."""
        uploads = self._listed(f"experiments/{number}/uploads")
        return tuple(
            ResultAttachment(
                name=str(upload["real_name"]),
                reference=f"{number}/{upload['id']}",
                digest=str(upload.get("hash") or "") if _is_sha256(upload) else "",
            )
            for upload in sorted(uploads, key=lambda upload: int(upload["id"]))
            if (upload.get("comment") == OURS) is ours
        )

    def download(self, file: ResultAttachment) -> bytes:
        """Return the content of a file.

        Raises:
            RetryableAdapterError: try later.
            AdapterError: it is not there, too large, or not what its digest says.
        """
        number, _, upload = file.reference.partition("/")
        path = f"{_API}/experiments/{number}/uploads/{upload}"
        content = self._http.get(path, {"format": "binary"}).content
        if file.digest and hashlib.sha256(content).hexdigest() != file.digest:
            raise AdapterError(f"{SYSTEM}: {file.name!r} is not what its SHA-256 says")
        return content

    def upload(self, number: int, name: str, media_type: str, content: bytes) -> None:
        """File a document with an experiment; an older one of ours of that name is replaced.

        Raises:
            RetryableAdapterError: it may or may not be there; the same call is safe.
            AdapterError: eLabFTW refuses it.
        """
        path, fields = f"{_API}/experiments/{number}/uploads", {"comment": OURS}
        for known in self.files(number, ours=True):
            if known.name == name:
                if known.digest == hashlib.sha256(content).hexdigest():
                    return
                # The older one stays, archived.
                path, fields = f"{path}/{known.reference.partition('/')[2]}", {"action": "replace"}
        self._http.post(path, data=fields, files={"file": (name, content, media_type)})

    def _listed(self, path: str, **params: Any) -> list[Mapping[str, Any]]:
        found = self._http.get_json(f"{_API}/{path}", params or None)
        if not isinstance(found, list):
            raise AdapterError(f"{SYSTEM}: {path} is no list")
        return found


def _is_sha256(upload: Mapping[str, Any]) -> bool:
    return str(upload.get("hash_algorithm")).lower() == "sha256"
