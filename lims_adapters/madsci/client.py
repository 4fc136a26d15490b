"""The calls of MADSci's managers that the adapter makes (MADSci 0.8.1).

Facts that shape it: a resource keeps the id it is given, and adding it again changes nothing; an
experiment's id is the server's, and the same request twice makes two; a datapoint is never
changed or deleted; a list of experiments takes a number, newest first, and no page.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from lims_adapters.madsci.config import MadsciConfig
from lims_adapters.transport.client import LabHttp, Reply
from loop.errors import RetryableAdapterError

Thing = dict[str, Any]
_FIRST_PAGE: Final = 1000
_AT_ONCE: Final = 200


class MadsciClient:
    """The three managers of one laboratory. Raises what `LabHttp` raises."""

    def __init__(self, config: MadsciConfig) -> None:
        headers = {}
        if config.secret is not None:
            headers["Authorization"] = f"Bearer {config.secret.read().get_secret_value()}"

        def line(url: str, name: str) -> LabHttp:
            return LabHttp(config.line(url), f"MADSci {name} manager", headers=headers)

        self._resources = line(config.url, "resource")
        self._data = line(config.data_url, "data")
        self._experiments = line(config.experiment_url, "experiment")
        self._url = config.url

    def health(self) -> Iterator[tuple[str, Thing]]:
        """Yield each manager's name with what it says of itself."""
        lines = {"resource": self._resources, "data": self._data, "experiment": self._experiments}
        for name, line in lines.items():
            yield name, _object(line.get("/health"), "healthy")

    def misplaced(self) -> Iterator[tuple[str, str]]:
        """Yield each address at which another manager answers, with a path that it lacks."""
        for option, line, path in (
            ("url", self._resources, "/resource/add"),
            ("data_url", self._data, "/datapoints/query"),
            ("experiment_url", self._experiments, "/experiments"),
        ):
            if path not in _object(line.get("/openapi.json"), "paths")["paths"]:
                yield option, path

    def resource(self, resource_id: str) -> Thing | None:
        """Return a resource, None if there is none of that id."""
        reply = self._resources.get(f"/resource/{resource_id}", allow={404})
        if reply.status == 404:
            _known_404(reply, "Resource not found")
            return None
        found = _object(reply, "resource_id")
        if found["resource_id"] != resource_id:
            raise RetryableAdapterError(f"{reply.where}: another resource than was asked for")
        return found

    def resources(self, resource_class: str) -> list[Thing]:
        """Return all resources of a class."""
        asked = {"resource_class": resource_class, "multiple": True}
        reply = self._resources.post("/resource/query", json=asked, repeatable=True, allow={404})
        if reply.status == 404:
            _known_404(reply, "Resource not found")
            return []
        listed = reply.json()
        if not isinstance(listed, list) or not all("resource_id" in r for r in listed):
            raise RetryableAdapterError(f"{reply.where}: no list of resources: {reply.shown()!r}")
        return [r for r in listed if r.get("resource_class") == resource_class]

    def add(self, resource: Thing) -> Thing:
        """Add a resource, or return the one of this id that is there."""
        reply = self._resources.post("/resource/add", json=resource, repeatable=True)
        return _object(reply, "resource_id")

    def update(self, resource: Thing) -> None:
        """Write a resource as a whole; the last writer wins."""
        self._resources.post("/resource/update", json=resource, repeatable=True)

    def experiments(self) -> list[Thing]:
        """Return all experiments, the newest first."""
        number = _FIRST_PAGE
        while True:
            reply = self._experiments.get("/experiments", params={"number": number})
            listed = reply.json()
            if not isinstance(listed, list) or not all("_id" in e for e in listed):
                raise RetryableAdapterError(f"{reply.where}: no list: {reply.shown()!r}")
            if len(listed) < number:
                return listed
            number *= 4

    def start(self, registration: Thing) -> Thing:
        """Start an experiment; done twice it makes two."""
        return _object(self._experiments.post("/experiment", json=registration), "_id")

    def cancel(self, experiment_id: str) -> Thing:
        """Cancel an experiment; the server does so in every state."""
        path = f"/experiment/{experiment_id}/cancel"
        return _object(self._experiments.post(path, repeatable=True), "status")

    def experiment(self, experiment_id: str) -> Thing | None:
        """Return an experiment, None if there is none of that id."""
        reply = self._experiments.get(f"/experiment/{experiment_id}", allow={404})
        if reply.status == 404:
            _known_404(reply, "Experiment not found")
            return None
        return _object(reply, "_id")

    def datapoints(self, experiments: Sequence[str]) -> list[Thing]:
        """Return all datapoints that these experiments own."""
        found: list[Thing] = []
        for first in range(0, len(experiments), _AT_ONCE):
            some = experiments[first : first + _AT_ONCE]
            selector = {"ownership_info.experiment_id": {"$in": list(some)}}
            reply = self._data.post("/datapoints/query", json=selector, repeatable=True)
            told = reply.json()
            if not isinstance(told, dict) or not all(isinstance(d, dict) for d in told.values()):
                raise RetryableAdapterError(f"{reply.where}: no datapoints: {reply.shown()!r}")
            found += [point for point in told.values() if owner(point) in some]
        return found

    def datapoint(self, datapoint_id: str) -> Thing | None:
        """Return a datapoint, None if there is none of that id."""
        reply = self._data.get(f"/datapoint/{datapoint_id}", allow={404})
        if reply.status == 404:
            _known_404(reply, "not found")
            return None
        return _object(reply, "_id")

    def file(self, datapoint_id: str) -> bytes:
        """Return the file of a datapoint."""
        return self._data.get(f"/datapoint/{datapoint_id}/value").content

    def post_file(self, point: Thing, name: str, media_type: str, content: bytes) -> None:
        """Write a datapoint with a file."""
        self._data.post(
            "/datapoint",
            data={"datapoint": json.dumps(point)},
            files={"files": (name, content, media_type)},
        )

    def address(self, resource_id: str) -> str:
        """Return where a resource is read."""
        return f"{self._url}/resource/{resource_id}"


def owner(point: Thing) -> str:
    """Return the experiment that owns a datapoint."""
    return str((point.get("ownership_info") or {}).get("experiment_id") or "")


def _object(reply: Reply, key: str) -> Thing:
    told = reply.json()
    if not isinstance(told, dict) or key not in told:
        raise RetryableAdapterError(f"{reply.where}: no {key!r} in {reply.shown()!r}")
    return told


def _known_404(reply: Reply, words: str) -> None:
    # A gateway that has lost the server says 404 too, and means something else.
    if words not in reply.shown():
        raise RetryableAdapterError(f"{reply.where}: 404: {reply.shown()}")
