"""How a face comes to the service without knowing who builds it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points

from loop.errors import ConfigError
from loop.service.campaigns import CampaignService
from loop.service.queries import CampaignQueries
from loop.service.worker import Worker
from loop.settings import Settings


@dataclass(frozen=True)
class Door:
    """The service, ready to use.

    Attributes:
        service: Commands.
        queries: Views.
        worker: Steps.
        settings: Where things are.
        close: Gives back connections.
    """

    service: CampaignService
    queries: CampaignQueries
    worker: Worker
    settings: Settings
    close: Callable[[], None]


def connect(settings: Settings | None = None) -> Door:
    """Return the door that this installation's wiring builds.

    Raises:
        ConfigError: the installation has no wiring.
        SchemaVersionError: the database is of another release.
    """
    found = entry_points(group="synthloop.wiring", name="default")
    if not found:
        raise ConfigError(
            "no wiring is installed", hint="install the package: pip install -e . or synthloop"
        )
    build: Callable[[Settings], Door] = next(iter(found)).load()
    return build(settings or Settings())
