"""Who may push what: the file `door.toml` in the workspace."""

import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lims_adapters.transport.secret import SecretSource
from loop.errors import ConfigError
from loop.service.wording import problems_of

FILE_NAME: Final = "door.toml"
_EXAMPLE: Final = 'for example: [senders.dsc] secret = { env = "DSC_SECRET" } campaigns = ["films"]'


class SenderConfig(BaseModel):
    """One that may knock, `[senders.NAME]`.

    Attributes:
        secret: Where the secret is kept that it signs with.
        campaigns: Slugs that it may write to, or wake.
        form: "synthloop" sends results; "sampledb" is a webhook, which only makes us ask the lab.
        per_minute: Most deliveries a minute; as many may come at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: SecretSource
    campaigns: Annotated[tuple[str, ...], Field(min_length=1)]
    form: Literal["synthloop", "sampledb"] = "synthloop"
    per_minute: Annotated[int, Field(ge=1, le=6000)] = 60


class PushConfig(BaseModel):
    """The whole file.

    Attributes:
        senders: By name.
        largest_kb: Most that a delivery may hold, in 1000 bytes.
        window_seconds: How far a delivery's time may be from ours, both ways.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    senders: Annotated[dict[str, SenderConfig], Field(min_length=1)]
    largest_kb: Annotated[int, Field(ge=1, le=64_000)] = 1000
    window_seconds: Annotated[int, Field(ge=5, le=3600)] = 300


def read_push_config(path: Path) -> PushConfig:
    """Return what the file says.

    Raises:
        ConfigError: it is not there, or with one problem per mistake.
    """
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file", hint=_EXAMPLE) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", hint=_EXAMPLE) from error
    try:
        return PushConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigError(
            f"{path} cannot be used", problems=problems_of(error, str(path), PushConfig)
        ) from error
