"""Whom we speak to, whom we believe, and what a header can carry."""

import ssl
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import httpx

from lims_adapters.transport.config import HttpConfig
from loop.errors import AdapterError, ConfigError, LabAccessError


def encoded(headers: Mapping[str, str]) -> httpx.Headers:
    """Return headers as they go out.

    Raises:
        LabAccessError: a value holds a letter that no header can carry.
    """
    try:
        return httpx.Headers(dict(headers))
    except UnicodeEncodeError:
        # The cause would carry the secret.
        raise LabAccessError(
            "the secret for the lab's system holds a letter that no HTTP header can carry",
            hint="copy the token again; a password with such letters goes by user and password",
        ) from None


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return (
        parts.scheme,
        parts.hostname or "",
        parts.port or (443 if parts.scheme == "https" else 80),
    )


def trusted(config: HttpConfig) -> ssl.SSLContext:
    """Return whose certificates are believed.

    Raises:
        ConfigError: `ca_file` holds none.
    """
    if config.ca_file is None and not config.url.startswith("https:"):
        # Reading the system's certificates takes longer than many an answer; this trusts nobody.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"[lims] ca_file: {config.ca_file!r} cannot be used: {error}",
            hint="a file with certificates in PEM form",
        ) from error


def within(path: str, config: HttpConfig, system: str, seen_from: str = "") -> str:
    """Return the full address of a path, of a link or of a redirect.

    Args:
        path: Below the configured address, or a full one.
        config: The line.
        system: What people call it.
        seen_from: For a redirect, the address that redirects.

    Raises:
        AdapterError: it leads to another origin, or is no address.
    """
    try:
        if seen_from:
            url = urljoin(seen_from, path)
        else:
            url = path if "://" in path else f"{config.url}/{path.lstrip('/')}"
        there = _origin(url)
    except ValueError as error:
        raise AdapterError(f"{system} points to {path!r}, no address: {error}") from error
    if there != _origin(config.url):
        raise AdapterError(
            f"{system} points to {url!r}, which is not at {config.url}",
            hint="if the system has moved, change `url` under [lims]",
        )
    return url
