"""The names of the mapping in the live SENAITE: looked up, and complained of with near matches."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from lims_adapters.senaite.client import SYSTEM, Item, SenaiteClient
from lims_adapters.senaite.config import SenaiteConfig
from lims_adapters.transport.mapping import unknown_name
from loop.core.definition import CampaignDefinition
from loop.core.units import same_dimension
from loop.errors import AdapterError, Problem, UnitError

_WORKING: Final = ("LabClerk", "LabManager", "Manager", "Client")


class SenaiteSetup:
    """Client, contact, sample type and services that the mapping names."""

    def __init__(self, config: SenaiteConfig, client: SenaiteClient) -> None:
        self._config, self._client = config, client

    @cached_property
    def client(self) -> str:
        """UID of the client.

        Raises:
            AdapterError: there is none of that name.
        """
        return self._named(self._clients, "lims.client", self._config.client)

    @cached_property
    def contact(self) -> str:
        """UID of the contact.

        Raises:
            AdapterError: the client has none of that name.
        """
        return self._named(self._contacts, "lims.contact", self._config.contact)

    @cached_property
    def sample_type(self) -> str:
        """UID of the sample type.

        Raises:
            AdapterError: there is none of that name.
        """
        return self._named(self._types, "lims.sample_type", self._config.sample_type)

    def service(self, keyword: str) -> str:
        """Return the UID of a service.

        Raises:
            AdapterError: there is none with that keyword.
        """
        uids = {known: str(item["uid"]) for known, item in self._services.items()}
        return self._named(uids, "lims.results", keyword)

    @staticmethod
    def _named(known: Mapping[str, str], place: str, name: str) -> str:
        if name not in known:
            problem = unknown_name(place, name, known, f"the name of one in {SYSTEM}")
            raise AdapterError(f"{SYSTEM} lacks what [lims] names", problems=[problem])
        return known[name]

    @cached_property
    def _clients(self) -> dict[str, str]:
        items = self._active("client", complete="yes")
        return {str(i.get("ClientID") or i.get("getClientID")): str(i["uid"]) for i in items}

    @cached_property
    def _contacts(self) -> dict[str, str]:
        of_client = [i for i in self._active("contact") if i.get("parent_uid") == self.client]
        return {str(item.get("title")): str(item["uid"]) for item in of_client}

    @cached_property
    def _types(self) -> dict[str, str]:
        return {str(item.get("title")): str(item["uid"]) for item in self._active("sampletype")}

    @cached_property
    def _services(self) -> dict[str, Item]:
        items = self._active("analysisservice", complete="yes")
        return {str(item.get("Keyword") or item.get("getKeyword")): item for item in items}

    def _active(self, resource: str, **query: str) -> list[Item]:
        listed = self._client.listed(resource, **query)
        return [item for item in listed if item.get("review_state") != "inactive"]

    def problems(self, account: Item, definition: CampaignDefinition) -> list[Problem]:
        """Return what of the mapping does not fit this SENAITE.

        Args:
            account: Who we are there.
            definition: Of the campaign.
        """
        found = self._rights(account)
        config = self._config
        if config.client not in self._clients:
            what = "the Client ID of a client"
            found.append(unknown_name("lims.client", config.client, self._clients, what))
        elif config.contact not in self._contacts:
            what = f"the full name of a contact of {config.client}"
            found.append(unknown_name("lims.contact", config.contact, self._contacts, what))
        if config.sample_type not in self._types:
            what = "the title of a sample type"
            found.append(unknown_name("lims.sample_type", config.sample_type, self._types, what))
        for name in config.results:
            found += self._service_problems(name, definition)
        found += [
            Problem("[lims]", f"lims.results.{name}", "", "which service gives this property")
            for name in definition.properties
            if name not in config.results
        ]
        return found

    @staticmethod
    def _rights(account: Item) -> list[Problem]:
        roles = [str(role) for role in account.get("roles") or ()]
        if set(roles) & set(_WORKING):
            return []
        shown = f"{account.get('username')}: {', '.join(roles)}"
        expected = f"an account with one of the roles {', '.join(_WORKING)}"
        return [Problem("[lims]", "lims.user", shown, expected)]

    def _service_problems(self, name: str, definition: CampaignDefinition) -> list[Problem]:
        mapped, found = self._config.results[name], list[Problem]()
        wanted = definition.properties[name].unit if name in definition.properties else ""
        for number, keyword in enumerate(mapped.keywords()):
            option = "field" if number == 0 else f"repeats[{number - 1}]"
            place = f"lims.results.{name}.{option}"
            if keyword not in self._services:
                what = "the keyword of an analysis service"
                found.append(unknown_name(place, keyword, self._services, what))
                continue
            service = self._services[keyword]
            if service.get("ResultOptions"):
                expected = "a service with numbers; here people choose from a list"
                found.append(Problem("[lims]", place, keyword, expected))
            unit = str(service.get("Unit") or mapped.unit)
            if wanted and not _fits(unit, wanted):
                expected = f"a service with a unit that converts to {wanted}; it has {unit!r}"
                found.append(Problem("[lims]", place, keyword, expected))
        return found


def _fits(unit: str, wanted: str) -> bool:
    try:
        return bool(unit) and same_dimension(unit, wanted)
    except UnitError:
        return False
