"""What every adapter to a server can be told about the line."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator


class HttpConfig(BaseModel):
    """Options that adapters to servers inherit.

    Only the address given here is ever spoken to: redirects and links to the next page are
    followed on the same origin only, so that no answer can send us to a private address.

    Attributes:
        url: Address of the system, with https; plain http on this machine only, unless
            `insecure_http` is set.
        insecure_http: Allow plain http to another machine. Secrets can then be read on the way.
        ca_file: Certificates to trust instead of the system's, PEM. They are always checked.
        timeout_seconds: Longest wait for one answer.
        requests_per_second: Highest rate.
        max_body_mb: Largest answer that is read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    url: str
    insecure_http: bool = False
    ca_file: str | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    requests_per_second: Annotated[float, Field(gt=0, le=1000)] = 10.0
    max_body_mb: Annotated[float, Field(gt=0, le=1000)] = 50.0

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("write it like https://lims.example.org")
        if parts.username or parts.password:
            raise ValueError("no password in the address: name its place under `secret`")
        if parts.query or parts.fragment:
            raise ValueError("the address ends before ? and #")
        return url.rstrip("/")

    def line_is_private(self) -> bool:
        """Whether what is sent cannot be read on the way."""
        parts = urlsplit(self.url)
        return parts.scheme == "https" or self.insecure_http or is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
