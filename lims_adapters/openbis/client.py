"""The calls of openBIS's V3 API that we make, as pybis 1.37.5 makes them.

pybis itself is not used: it waits for an answer without end, follows no bound on its size, raises
ValueError for a refusal and a lost session alike, prints the request with the token when openBIS
refuses it, and brings pandas into every call.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lims_adapters.openbis.config import OpenBisConfig
from lims_adapters.openbis.jackson import Graph
from lims_adapters.transport.client import LabHttp
from loop.errors import AdapterError, LabAccessError, RetryableAdapterError

SYSTEM: Final = "openBIS"
_API: Final = "/openbis/openbis/rmi-application-server-v3.json"
_PAGE: Final = 100
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]+")
Property = str | int | float | bool | None


@dataclass(frozen=True)
class Sample:
    """A sample (object) as it is now.

    Attributes:
        perm_id: openBIS's own, never used again.
        identifier: /SPACE/PROJECT/CODE.
        code: The creator's, upper case, unique in its project.
        type: Code of its type.
        properties: By code; texts, and numbers from openBIS 7 on.
        registrator: Who made it.
        children: Samples whose parent it is, if they were asked for.
    """

    perm_id: str
    identifier: str
    code: str
    type: str
    properties: Mapping[str, Any]
    registrator: str = ""
    children: Sequence["Sample"] = ()


class OpenBisClient:
    """One personal access token at one openBIS."""

    def __init__(self, config: OpenBisConfig) -> None:
        self._config = config
        self._token = config.secret.read().get_secret_value()
        self._http = LabHttp(config, SYSTEM, secrets=[self._token])
        self._seen = False

    def page(self, perm_id: str) -> str:
        """Return where a person finds a sample."""
        view = "menuUniqueId=null&viewName=showViewSamplePageFromPermId"
        return f"{self._config.url}/openbis/webapp/eln-lims/?{view}&viewData={perm_id}"

    def _see_project(self) -> None:
        """Make certain that we may see the project: openBIS hides without a word."""
        sample = self._config.sample
        path = f"/{sample.space}/{sample.project}"
        self._seen = self._seen or path in self.projects()
        if not self._seen:
            raise LabAccessError(
                f"openBIS shows us no project {path}; without it every sample would seem missing",
                hint="look at `space` and `project` under [lims.sample] and at the rights there",
            )

    def projects(self) -> list[str]:
        """Return the identifiers of the projects that we may see."""
        criteria = {"@type": "as.dto.project.search.ProjectSearchCriteria"}
        options = {"@type": "as.dto.project.fetchoptions.ProjectFetchOptions"}
        graph, found = self._search("searchProjects", criteria, options)
        return [str(graph.one(item.get("identifier")).get("identifier")) for item in found]

    def types(self) -> dict[str, list[str]]:
        """Return the codes of the properties of every sample type."""
        criteria = {"@type": "as.dto.sample.search.SampleTypeSearchCriteria"}
        assigned = {
            "@type": "as.dto.property.fetchoptions.PropertyAssignmentFetchOptions",
            "propertyType": {"@type": "as.dto.property.fetchoptions.PropertyTypeFetchOptions"},
        }
        options = {
            "@type": "as.dto.sample.fetchoptions.SampleTypeFetchOptions",
            "propertyAssignments": assigned,
        }
        graph, found = self._search("searchSampleTypes", criteria, options)
        return {
            str(item["code"]): [
                str(graph.one(assignment.get("propertyType")).get("code"))
                for assignment in graph.many(item.get("propertyAssignments"))
            ]
            for item in found
        }

    def of_orders(self, order_ids: Iterable[str]) -> dict[str, Sample]:
        """Return the samples of orders, with their children, by order id.

        A sample in the trash is not there.
        """
        self._see_project()
        wanted = [order_id for order_id in order_ids if _CODE.fullmatch(order_id)]
        found: dict[str, Sample] = {}
        for begin in range(0, len(wanted), _PAGE):
            asked = {self._config.sample.identifier(o): o for o in wanted[begin : begin + _PAGE]}
            ids = [
                {"@type": "as.dto.sample.id.SampleIdentifier", "identifier": identifier}
                for identifier in asked
            ]
            told = self._call("getSamples", ids, _sample_options(), reads=True)
            if not isinstance(told, dict):
                raise RetryableAdapterError(f"openBIS: expected samples, got {told!r:.200}")
            graph = Graph(told)
            for item in told.values():
                sample = _sample(graph, graph.one(item))
                # A sample that was moved or renamed comes by the id it had; it is not ours then.
                if sample.identifier in asked:
                    found[asked[sample.identifier]] = sample
        return found

    def of_campaign(self, slug: str) -> list[str]:
        """Return the order ids of all samples of the project whose code begins with a name."""
        self._see_project()
        sample = self._config.sample
        criteria = {
            "@type": "as.dto.sample.search.SampleSearchCriteria",
            "operator": "AND",
            "criteria": [
                _with_code("as.dto.sample.search.SampleTypeSearchCriteria", sample.type),
                _with_code("as.dto.space.search.SpaceSearchCriteria", sample.space),
            ],
        }
        options = {"@type": "as.dto.sample.fetchoptions.SampleFetchOptions"}
        graph, found = self._search("searchSamples", criteria, options)
        begins = sample.identifier(f"{slug}-")
        named = [str(graph.one(item.get("identifier")).get("identifier")) for item in found]
        # Order ids are lower case.
        return [name.rpartition("/")[2].lower() for name in named if name.startswith(begins)]

    def create(self, code: str, properties: Mapping[str, Property]) -> tuple[str, str]:
        """Make a sample; return its permanent id, or "" and what openBIS says against it.

        Raises:
            RetryableAdapterError: it may or may not exist now.
        """
        sample = self._config.sample
        body: dict[str, Any] = {
            "@type": "as.dto.sample.create.SampleCreation",
            "code": code.upper(),
            "typeId": {
                "@type": "as.dto.entitytype.id.EntityTypePermId",
                "permId": sample.type,
                "entityKind": "SAMPLE",
            },
            "spaceId": {"@type": "as.dto.space.id.SpacePermId", "permId": sample.space},
            "projectId": {
                "@type": "as.dto.project.id.ProjectIdentifier",
                "identifier": f"/{sample.space}/{sample.project}",
            },
            "properties": dict(properties),
        }
        if sample.collection:
            body["experimentId"] = {
                "@type": "as.dto.experiment.id.ExperimentIdentifier",
                "identifier": f"/{sample.space}/{sample.project}/{sample.collection}",
            }
        try:
            told = self._call("createSamples", [body], reads=False)
        except RefusedError as error:
            return "", error.message
        (made,) = Graph(told).many(told)
        return str(made["permId"]), ""

    def update(self, perm_id: str, properties: Mapping[str, Property]) -> None:
        """Set properties of a sample; the others stay. openBIS compares nothing."""
        body = {
            "@type": "as.dto.sample.update.SampleUpdate",
            "sampleId": {"@type": "as.dto.sample.id.SamplePermId", "permId": perm_id},
            "properties": dict(properties),
        }
        self._call("updateSamples", [body], reads=False)

    def _search(
        self, method: str, criteria: Mapping[str, Any], options: Mapping[str, Any]
    ) -> tuple[Graph, Sequence[Mapping[str, Any]]]:
        told = self._call(method, criteria, options, reads=True)
        graph = Graph(told)
        page = graph.one(told)
        found = graph.many(page.get("objects"))
        if page.get("totalCount") != len(found):
            counts = f"{len(found)} of {page.get('totalCount')!r}"
            raise RetryableAdapterError(f"openBIS: {method} gave {counts} objects")
        return graph, found

    def _call(self, method: str, *params: Any, reads: bool) -> Any:
        """Return the result of a call.

        Raises:
            LabAccessError: the token does not let us in.
            RetryableAdapterError: no answer.
            RefusedError: openBIS refuses the call.
        """
        told = self._sent(method, [self._token, *params], reads=reads)
        error = told.get("error")
        if error is None:
            return told.get("result")
        words = str(error.get("message") if isinstance(error, dict) else error)
        words = words.replace(self._token, "…")
        # An error has no reliable kind; whether it is about us openBIS says when it is asked.
        if self._sent("isSessionActive", [self._token], reads=True).get("result") is not True:
            raise LabAccessError(
                f"openBIS: {method}: {words}", hint="look at the token and at its end of validity"
            )
        raise RefusedError(f"openBIS: {method}: {words}")

    def _sent(self, method: str, params: Sequence[Any], *, reads: bool) -> Mapping[str, Any]:
        body = {"jsonrpc": "2.0", "id": "1", "method": method, "params": list(params)}
        reply = self._http.post(_API, json=body, repeatable=reads)
        told = reply.json()
        if not isinstance(told, dict) or not {"result", "error"} & told.keys():
            raise RetryableAdapterError(f"{reply.where}: no answer of the V3 API: {reply.shown()}")
        return told


class RefusedError(AdapterError):
    """openBIS refuses a call for good."""


def _with_code(kind: str, code: str) -> dict[str, Any]:
    criterion = {
        "@type": "as.dto.common.search.CodeSearchCriteria",
        "fieldName": "code",
        "fieldType": "ATTRIBUTE",
        "fieldValue": {"@type": "as.dto.common.search.StringEqualToValue", "value": code},
    }
    return {"@type": kind, "operator": "AND", "criteria": [criterion]}


def _sample_options() -> dict[str, Any]:
    own = {
        "@type": "as.dto.sample.fetchoptions.SampleFetchOptions",
        "type": {"@type": "as.dto.sample.fetchoptions.SampleTypeFetchOptions"},
        "properties": {"@type": "as.dto.property.fetchoptions.PropertyFetchOptions"},
        "registrator": {"@type": "as.dto.person.fetchoptions.PersonFetchOptions"},
    }
    return {**own, "children": own}


def _sample(graph: Graph, told: Mapping[str, Any], *, with_children: bool = True) -> Sample:
    children = told.get("children") if with_children else None
    person = graph.one(told.get("registrator"))
    names = [str(person[key]) for key in ("firstName", "lastName") if person.get(key)]
    try:
        return Sample(
            str(graph.one(told["permId"])["permId"]),
            str(graph.one(told["identifier"])["identifier"]),
            str(told["code"]),
            str(graph.one(told["type"])["code"]),
            {str(code).upper(): value for code, value in told["properties"].items()},
            " ".join(names) or str(person.get("userId") or ""),
            [_sample(graph, child, with_children=False) for child in graph.many(children or [])],
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise RetryableAdapterError(f"openBIS: expected a sample, got {told!r:.200}") from error
