"""The requests that SENAITE's JSON API takes (senaite.jsonapi 2.6: source, and as it was run)."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from lims_adapters.senaite.config import SenaiteConfig
from lims_adapters.transport.client import LabHttp
from lims_adapters.transport.reply import Reply, judge
from loop.errors import AdapterError, LabAccessError, RetryableAdapterError

SYSTEM: Final = "SENAITE"
_API: Final = "@@API/senaite/v1"
_PAGE: Final = 100
# A field that nobody may write in the state of the object is answered like a wrong password.
_LOCKED: Final = b"Not allowed to set the field"
# Without it, a list goes by the indexes and columns of Plone's own catalog: it ignores a filter by
# client sample ID and does not show whose a sample is.
_CATALOGS: Final = {
    "analysisrequest": {"catalog": "senaite_catalog_sample"},
    "analysis": {"catalog": "senaite_catalog_analysis"},
}

Item = Mapping[str, Any]


class SenaiteClient:
    """One account at one SENAITE.

    An account that SENAITE does not know is anonymous there, and gets empty lists with status
    200. So no list is believed to be empty before SENAITE has said who we are.
    """

    def __init__(self, config: SenaiteConfig) -> None:
        self._config = config
        auth = (config.user, config.secret.read().get_secret_value())
        self._http = LabHttp(config, SYSTEM, auth=auth)

    def account(self) -> Item:
        """Return who we are at SENAITE.

        Raises:
            LabAccessError: nobody.
            RetryableAdapterError: SENAITE does not answer.
        """
        path = f"{_API}/users/current"
        items = _items(self._http.get_json(path), path)
        if not items or items[0].get("authenticated") is not True:
            raise LabAccessError(
                f"{SYSTEM} does not know user {self._config.user!r} with this password, and "
                "answers as to a stranger: with empty lists",
                hint=f"look at `user`, and at the password in {self._config.secret}",
            )
        return items[0]

    def now(self) -> str:
        """Return the time by SENAITE's own clock, as it takes dates.

        Raises:
            RetryableAdapterError: it does not answer, or says no date.
        """
        reply = self._http.get(f"{_API}/users/current")
        try:
            return parsedate_to_datetime(reply.headers.get("Date", "")).isoformat()
        except ValueError as error:
            raise RetryableAdapterError(f"{reply.where}: no date in the answer") from error

    def listed(self, resource: str, **query: str) -> list[Item]:
        """Return everything of a kind, oldest first.

        A filter that is no index of the catalog is ignored there: hold the items against what
        was asked for.

        Args:
            resource: Portal type in lower case.
            **query: Indexes of its catalog, and `complete="yes"` for whole objects.

        Raises:
            LabAccessError: the list is empty because SENAITE does not know us.
            RetryableAdapterError: it did not answer, or the list changed while it was read.
        """
        path, found = f"{_API}/{resource}", list[Item]()
        asked = {**_CATALOGS.get(resource, {}), **query, "sort_on": "created"}
        while True:
            # Its own link to the next page holds the address that SENAITE believes to have, which
            # behind a reverse proxy may be another one.
            start = {"limit": str(_PAGE), "b_start": str(len(found))}
            page = self._http.get_json(path, {**asked, **start})
            items = _items(page, path)
            found += items
            if len(found) >= page["count"]:
                break
            if not items:
                raise RetryableAdapterError(
                    f"{SYSTEM}: {path}: {len(found)} of {page['count']} came before a page was "
                    "empty"
                )
        if not found:
            self.account()
        if len({item.get("uid") for item in found}) != page["count"]:
            raise RetryableAdapterError(f"{SYSTEM}: {path} changed while it was read")
        return found

    def record(self, uid: str, **query: str) -> Item:
        """Return a whole object.

        Args:
            uid: Its UID.
            **query: `filedata="yes"` for the content of its files.

        Raises:
            RetryableAdapterError: SENAITE did not answer.
            AdapterError: it has no such object.
        """
        found = self._http.get_json(f"{_API}/{uid}", query or None)
        if not isinstance(found, dict) or found.get("uid") != uid:
            raise AdapterError(f"{SYSTEM}: the answer for {uid} is another object")
        return found

    def ways_out(self, uid: str) -> frozenset[str]:
        """Return the transitions that an object has now, for us.

        Raises:
            RetryableAdapterError: SENAITE did not answer.
            AdapterError: it has no such object.
        """
        flows = self.record(uid, workflow="yes").get("workflow_info") or ()
        return frozenset(str(way["value"]) for flow in flows for way in flow["transitions"])

    def create(self, body: Mapping[str, Any]) -> Item:
        """Make an object and return it.

        Raises:
            LabAccessError: we may not.
            RetryableAdapterError: it may or may not be there.
            AdapterError: SENAITE refuses it.
        """
        reply = self._http.post(f"{_API}/create", json=body)
        made = _single(reply)
        if not made.get("uid"):
            # Seen where two were made at the same moment: SENAITE began the request anew.
            raise RetryableAdapterError(
                f"{reply.where}: an answer that does not name what was made",
            )
        return made

    def update(self, uid: str, body: Mapping[str, Any], *, repeatable: bool = False) -> None:
        """Write to an object.

        Raises:
            LabAccessError: we may not.
            RetryableAdapterError: it may or may not be written.
            AdapterError: SENAITE refuses it, or locks a field in the state of the object.
        """
        path = f"{_API}/update/{uid}"
        reply = self._http.post(path, json=body, repeatable=repeatable, allow={401})
        if reply.status == 401 and _LOCKED in reply.content:
            raise AdapterError(
                f"{reply.where}: {reply.shown()}",
                hint="the object is in a state in which SENAITE lets nobody write there",
            )
        judge(reply, frozenset())
        _single(reply)

    def move(self, uid: str, transition: str, **fields: str) -> None:
        """Write to an object and ask for a transition of its workflow; then look what came of it.

        What is written stays written where the transition is refused: ask `ways_out` before.
        A transition that is not possible is refused in three ways: with 500, which then is no
        fault of the server, with 401 for a field that is locked since, which then is no matter of
        rights, or with 200 and nothing done.

        Raises:
            LabAccessError: we may not.
            RetryableAdapterError: it may or may not be done; the same call is safe.
        """
        body = {**fields, "transition": transition}
        path = f"{_API}/update/{uid}"
        reply = self._http.post(path, json=body, repeatable=True, allow={401, 500})
        refused = {401: _LOCKED, 500: b"Invalid transition"}.get(reply.status, b"")
        if refused not in reply.content:
            judge(reply, frozenset())


def _items(page: Any, path: str) -> list[Item]:
    if not isinstance(page, dict) or not isinstance(page.get("items"), list):
        raise AdapterError(f"{SYSTEM}: {path}: not a page with a list of items")
    if not isinstance(page.get("count"), int):
        raise AdapterError(f"{SYSTEM}: {path}: a page that does not say how many there are")
    items: list[Item] = page["items"]
    return items


def _single(reply: Reply) -> Item:
    items = _items(reply.json(), reply.where)
    if len(items) != 1:
        raise AdapterError(f"{reply.where}: {len(items)} objects instead of one")
    return items[0]
