"""A SENAITE over HTTP: senaite.jsonapi v1 in miniature, with the habits that surprise a client.

From its source (api, catalog, batch, request, the routes `content` and `users`) and from a real
SENAITE 2.6 as it was run: a list for somebody unknown is 200 and empty; a parameter that is no
index is ignored, and without `catalog` it is Plone's own catalog that counts; pages hold 25; a
repeated create makes a second object; an impossible transition is 500,
and what came along with it is written; a locked field is 401;
nothing is deleted.
"""

import base64
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.lims_doubles.senaite_site import Object, SenaiteSite, TransitionError

ROOT = "/senaite/@@API/senaite/v1"
BASE_INDEXES = frozenset({"id", "title", "getId", "UID", "review_state", "Creator"})
INDEXES = {
    "senaite_catalog_sample": BASE_INDEXES | {"getClientSampleID", "getClientUID", "getBatchUID"},
    "senaite_catalog_analysis": BASE_INDEXES
    | {"getClientUID", "getRequestID", "getAncestorsUIDs", "getKeyword"},
}
TYPES = ("AnalysisRequest", "Analysis", "Client", "Contact", "SampleType", "AnalysisService",
         "Attachment")  # fmt: skip
RESOURCES = {name.lower(): name for name in TYPES}
INTERNAL = {"order", "service", "ParentAnalysisRequest"}


class SenaiteServer:
    """Serves a site on loopback, on a port of the system's choice."""

    def __init__(self, site: SenaiteSite) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class ApiError(Exception):
    """An answer of the API that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _handler(site: SenaiteSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm, wbufsize = True, -1

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host = self.headers.get("Host", "")
            with site.lock:
                api = _Api(site, _user(site, self.headers.get("Authorization", "")), host)
                try:
                    status, answer = 200, api.answer(self.command, self.path, body)
                except ApiError as error:
                    status, answer = error.status, {"success": False, "message": str(error)}
                content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((timestamp or time.time()) + site.clock_skew)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _user(site: SenaiteSite, header: str) -> str:
    """Who somebody is; with a wrong password nobody, and not refused."""
    kind, _, coded = header.partition(" ")
    if kind != "Basic":
        return ""
    name, _, password = base64.b64decode(coded).decode().partition(":")
    known = site.users.get(name)
    return name if known and known[0] == password else ""


class _Api:
    def __init__(self, site: SenaiteSite, user: str, host: str) -> None:
        self.site, self.user, self.host = site, user, host

    def answer(self, method: str, target: str, body: bytes) -> Any:
        parts = urlsplit(target)
        if not parts.path.startswith(ROOT):
            raise ApiError(404, "Not Found")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        route = [method, *parts.path.removeprefix(ROOT).strip("/").split("/")]
        match route:
            case ["GET", "users", "current"]:
                return self._page([self._account()], query, parts.path)
            case ["GET", resource] if resource in RESOURCES:
                return self._listed(RESOURCES[resource], query, parts.path)
            case ["GET", uid]:
                whole = self._whole(self._object(uid), query)
                ways = [{"value": name} for name in self.site.ways_out(self._object(uid))]
                flow = {"workflow_info": [{"transitions": ways}]}
                return whole | (flow if query.get("workflow") == "yes" else {})
            case ["POST", "create"]:
                made = self._done(self._create(json.loads(body)))
                if self.site.unnamed:
                    # As SENAITE does where it began the request anew, after a conflict.
                    self.site.unnamed -= 1
                    made["items"] = [{}]
                return made
            case ["POST", "update", uid]:
                return self._done(self._update(uid, json.loads(body)))
            case ["POST", "delete", _]:
                raise ApiError(500, "Invalid transition 'deactivate'")
        raise ApiError(404, "Not Found")

    def _account(self) -> Object:
        roles = self.site.users[self.user][1] if self.user else ["Anonymous"]
        name = self.user or "Anonymous User"
        return {"username": name, "roles": roles, "authenticated": bool(self.user)}

    def _object(self, uid: str) -> Object:
        if not self.user:
            raise ApiError(401, "Unauthorized")
        if uid not in self.site.objects:
            raise ApiError(404, "No object found")
        return self.site.objects[uid]

    def _listed(self, portal_type: str, query: dict[str, str], path: str) -> Object:
        found = self.site.of_type(portal_type) if self.user else []
        for name in INDEXES.get(query.get("catalog", ""), BASE_INDEXES) & set(query):
            found = [o for o in found if query[name] in _values(self._brain(o, query).get(name))]
        found.sort(key=lambda o: (o["created"], o["order"]))
        show = self._whole if query.get("complete") in {"yes", "y", "1", "true"} else None
        return self._page(found, query, path, show)

    def _page(
        self, found: list[Object], query: dict[str, str], path: str, show: Any = None
    ) -> Object:
        size, start = int(query.get("limit") or 25), int(query.get("b_start") or 0)
        page = found[start : start + size]
        following = {**query, "b_start": start + size}
        more = start + size < len(found)
        brain = self._brain if found and "uid" in found[0] else (lambda o, _: o)
        return {
            "count": len(found), "pagesize": size, "page": start // size + 1,
            "next": f"http://{self.host}{path}?{urlencode(following)}" if more else None,
            "items": [(show or brain)(o, query) for o in page],
        }  # fmt: skip

    def _brain(self, o: Object, query: dict[str, str]) -> Object:
        """What a list shows: the columns of the catalog that was named."""
        url = f"http://{self.host}/senaite/{o['id']}"
        shown = {key: o[key] for key in ("id", "uid", "title", "portal_type", "created",
                                         "parent_uid", "review_state")}  # fmt: skip
        shown |= {"url": url, "api_url": f"http://{self.host}{ROOT}/{o['uid']}", "UID": o["uid"]}
        catalog = query.get("catalog")
        if o["portal_type"] == "AnalysisRequest" and catalog == "senaite_catalog_sample":
            shown |= {
                "getClientSampleID": o["ClientSampleID"], "getClientUID": o["parent_uid"],
                "getClientReference": o["ClientReference"],
                "getRawParentAnalysisRequest": o["ParentAnalysisRequest"] or None,
            }  # fmt: skip
        if o["portal_type"] == "Analysis" and catalog == "senaite_catalog_analysis":
            sample = self.site.objects[o["parent_uid"]]
            shown |= {
                "getKeyword": o["Keyword"], "getResult": o["Result"], "getUnit": o["Unit"],
                "getRetestOfUID": o["RetestOf"], "getRequestID": sample["id"],
                "getResultCaptureDate": o["ResultCaptureDate"], "getMethodTitle": "",
                "getClientUID": sample["parent_uid"], "getAncestorsUIDs": self.site.ancestors(o),
            }  # fmt: skip
        return shown

    def _whole(self, o: Object, query: dict[str, str]) -> Object:
        """What a complete object shows; an empty field is null."""
        fields = {key: value or None for key, value in o.items() if key not in INTERNAL}
        shown = {**self._brain(o, query), **fields}
        for name in ("Attachment", "RetestOf", "Invalidated"):
            if shown.get(name):
                uids = shown[name]
                links = [{"uid": uid} for uid in (uids if isinstance(uids, list) else [uids])]
                shown[name] = links if isinstance(uids, list) else links[0]
        if o["portal_type"] == "Attachment":
            shown["AttachmentFile"] = _file(o, with_data=query.get("filedata") == "yes")
        return shown

    def _create(self, record: Object) -> Object:
        if not self.user:
            raise ApiError(401, "You are not allowed to create this content")
        parent = self.site.objects.get(record.get("parent_uid", ""))
        if parent is None:
            raise ApiError(404, "No target container found")
        kind = record.pop("portal_type", None)
        if kind == "AnalysisRequest":
            if not record.get("Contact") or not record.get("SampleType"):
                raise ApiError(400, "No objects could be created: required field")
            return self.site.create_sample(record)
        if kind == "Attachment":
            stored = {key: record[key] for key in ("AttachmentFile", "filename", "mimetype")}
            return self.site.add("Attachment", parent["uid"], "attachment-", **stored)
        raise ApiError(401, f"Creation of '{kind}' is not allowed")

    def _update(self, uid: str, record: Object) -> Object:
        target = self._object(uid)
        try:
            self.site.write(target, record, self.user)
        except PermissionError as error:
            raise ApiError(401, str(error)) from error
        except TransitionError as error:
            ways = "\n".join(self.site.ways_out(target))
            raise ApiError(
                500,
                f"Failed to perform transition '{error}' on {target['id']}: Invalid transition "
                f"'{error}'.\nValid transitions are:\n{ways}",
            ) from error
        return target

    def _done(self, o: Object) -> Object:
        return {"count": 1, "items": [self._whole(o, {})], "success": True}


def _values(indexed: Any) -> list[str]:
    return indexed if isinstance(indexed, list) else [indexed]


def _file(o: Object, *, with_data: bool) -> Object:
    shown = {"filename": o["filename"], "content_type": o["mimetype"], "download": ""}
    if with_data:
        # Python 2's codec breaks the lines.
        shown["data"] = base64.encodebytes(base64.b64decode(o["AttachmentFile"])).decode()
    return shown
