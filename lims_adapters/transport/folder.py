"""A folder on this machine, on a WebDAV server or in an S3 bucket, by one set of verbs."""

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from lims_adapters.transport.config import is_loopback
from lims_adapters.transport.secret import SecretSource
from loop.errors import AdapterError, LabAccessError, RetryableAdapterError

_REMOTE = {"webdav+https", "webdav+http", "s3", "memory"}


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, RetryableAdapterError) and not isinstance(error, LabAccessError)


# Reading a file twice, or writing the same content under the same name, is like doing it once.
_asked_again = retry(
    retry=retry_if_exception(_is_passing),
    stop=stop_after_attempt(3),
    wait=wait_random_exponential(multiplier=0.05, max=2),
    reraise=True,
)


class FolderConfig(BaseModel):
    """Options of adapters that exchange files.

    Attributes:
        folder: Exchange folder; `exchange/<campaign>` in the workspace when absent. A path, or
            `webdav+https://host/path` (extra `webdav`), `s3://bucket/path` (extra `s3`),
            `memory://name` for rehearsals.
        user: User of a WebDAV server, or access key of a bucket.
        secret: Where the password or secret key is kept.
        endpoint: Address of an S3 server that is not Amazon's.
        timeout_seconds: Longest wait for one answer of a server.
        settle_seconds: A result file counts as complete when it has not changed for so long, by
            the clock of the machine that keeps the folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    folder: str | None = None
    user: str = ""
    secret: SecretSource | None = None
    endpoint: str = ""
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 2.0

    @model_validator(mode="after")
    def _known_and_private(self) -> "FolderConfig":
        parts = urlsplit(self.folder or "")
        if "://" in (self.folder or "") and parts.scheme not in _REMOTE:
            raise ValueError(f"folder begins with one of {', '.join(sorted(_REMOTE))}, or a path")
        if parts.scheme in _REMOTE and (parts.username or parts.password):
            raise ValueError("no password in the address: name its place under `secret`")
        for address in (self.folder or "", self.endpoint):
            line = urlsplit(address)
            if line.scheme in {"webdav+http", "http"} and not is_loopback(line.hostname or ""):
                raise ValueError("plain http is for this machine only; use https")
        return self


@dataclass(frozen=True)
class FileState:
    """How a file stands, by the clock of the machine that keeps it."""

    name: str
    size: int
    changed: float


class ExchangeFolder:
    """Files of a lab, by path relative to the folder.

    On this machine a name never shows half a file, nor does an object of S3. A WebDAV server may
    show one while it is written; writing again heals that.

    Raises:
        RetryableAdapterError: from every method, a server does not answer.
        LabAccessError: from every method, a server does not let us in.
        AdapterError: from every method, this machine's file system refuses.
    """

    def __init__(self, config: FolderConfig, home: Path) -> None:
        self._config = config
        address = config.folder or ""
        self.is_remote = urlsplit(address).scheme in _REMOTE
        self._is_bucket = urlsplit(address).scheme == "s3"
        self.address = address or str(home)
        self._local = Path(address) if address else home
        self._system: Any = None
        self._root = ""

    @contextmanager
    def _line(self, doing: str) -> Iterator[tuple[Any, str]]:
        """Give the remote file system and its root; turn its errors into ours."""
        try:
            if self._system is None:
                self._system, self._root = _remote(self._config)
            yield self._system, self._root
        except _line_errors() as error:
            raise _translated(error, f"{doing} in {self.address}") from error

    @contextmanager
    def _disk(self, done: str) -> Iterator[Path]:
        try:
            yield self._local
        except OSError as error:
            raise AdapterError(
                f"the exchange folder {self._local} cannot be {done}: {error}",
                hint="look at its rights and at the free space",
            ) from error

    def make(self, *folders: str) -> None:
        """Make folders that are not there."""
        if not self.is_remote:
            with self._disk("written") as home:
                for folder in folders:
                    (home / folder).mkdir(parents=True, exist_ok=True)
            return
        with self._line("making folders") as (system, root):
            if self._is_bucket:
                # A bucket has no folders; one with a misspelt name must not be made.
                bucket = root.partition("/")[0]
                if not _is_there(system, bucket):
                    raise AdapterError(f"there is no bucket {bucket!r} that we may see")
                return
            for folder in folders:
                if not _is_there(system, f"{root}/{folder}"):
                    system.makedirs(f"{root}/{folder}", exist_ok=True)

    @_asked_again
    def files(self, folder: str) -> list[FileState]:
        """Return the files of a folder, sorted by name; not what is below it."""
        if not self.is_remote:
            with self._disk("listed") as home:
                found = [(p, p.stat()) for p in (home / folder).iterdir() if p.is_file()]
            return sorted((_local_state(p, s) for p, s in found), key=lambda s: s.name)
        with self._line("listing") as (system, root):
            system.invalidate_cache()
            try:
                listed = system.ls(f"{root}/{folder}", detail=True)
            except FileNotFoundError:
                if not self._is_bucket:
                    raise
                listed = []
        states = [_remote_state(entry) for entry in listed if entry["type"] == "file"]
        return sorted((s for s in states if s.name), key=lambda s: s.name)

    @_asked_again
    def exists(self, path: str) -> bool:
        """Whether a file is there."""
        if not self.is_remote:
            with self._disk("read") as home:
                return (home / path).is_file()
        with self._line("looking") as (system, root):
            return _is_there(system, f"{root}/{path}")

    @_asked_again
    def read(self, path: str) -> bytes:
        """Return a file."""
        if not self.is_remote:
            with self._disk("read") as home:
                return (home / path).read_bytes()
        with self._line("reading") as (system, root):
            return bytes(system.cat_file(f"{root}/{path}"))

    @_asked_again
    def write(self, path: str, content: bytes) -> None:
        """Write a file, over one of that name."""
        if not self.is_remote:
            with self._disk("written") as home:
                _write_whole(home / path, content)
            return
        with self._line("writing") as (system, root):
            system.pipe_file(f"{root}/{path}", content)

    @_asked_again
    def remove(self, path: str) -> None:
        """Remove a file; one that is gone is gone."""
        if not self.is_remote:
            with self._disk("written") as home:
                (home / path).unlink(missing_ok=True)
            return
        with self._line("removing") as (system, root):
            if _is_there(system, f"{root}/{path}"):
                system.rm_file(f"{root}/{path}")

    def move(self, source: str, target: str) -> None:
        """Move a file; after a crash both may be there, never none."""
        if not self.is_remote:
            with self._disk("written") as home:
                (home / source).replace(home / target)
            return
        self.write(target, self.read(source))
        self.remove(source)

    def now(self, folder: str) -> float:
        """Return the time by the clock that stamps the files of a folder, in seconds."""
        name = f".clock-{uuid.uuid4().hex}.part"
        self.write(f"{folder}/{name}", b".")
        stamps = [state.changed for state in self.files(folder) if state.name == name]
        self.remove(f"{folder}/{name}")
        if stamps == [0.0]:
            raise AdapterError(
                f"{self.address} does not tell when a file was changed",
                hint="set settle_seconds = 0 under [lims], and move in complete files",
            )
        if not stamps:
            raise RetryableAdapterError(f"{self.address} does not list what was just written there")
        return stamps[0]


def _is_there(system: Any, path: str) -> bool:
    # `exists` of fsspec takes every error for "no", a refused password too.
    system.invalidate_cache()
    try:
        system.info(path)
    except FileNotFoundError:
        return False
    return True


def _local_state(path: Path, stat: os.stat_result) -> FileState:
    return FileState(path.name, stat.st_size, stat.st_mtime)


def _remote_state(entry: dict[str, Any]) -> FileState:
    stamp = entry.get("modified") or entry.get("LastModified") or entry.get("created")
    changed = stamp.timestamp() if isinstance(stamp, datetime) else float(stamp or 0.0)
    return FileState(str(entry["name"]).rstrip("/").rsplit("/", 1)[-1], entry["size"] or 0, changed)


def _write_whole(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{uuid.uuid4().hex}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _remote(config: FolderConfig) -> tuple[Any, str]:
    """Return a file system of fsspec and the root in it."""
    parts = urlsplit(config.folder or "")
    secret = config.secret.read().get_secret_value() if config.secret else ""
    try:
        if parts.scheme == "memory":
            from fsspec.implementations.memory import MemoryFileSystem

            return MemoryFileSystem(), f"/{parts.netloc}{parts.path}".rstrip("/")
        if parts.scheme == "s3":
            from s3fs import S3FileSystem

            wait = {
                "connect_timeout": config.timeout_seconds,
                "read_timeout": config.timeout_seconds,
            }
            return S3FileSystem(
                key=config.user or None,
                secret=secret or None,
                endpoint_url=config.endpoint or None,
                config_kwargs=wait,
                skip_instance_cache=True,
            ), f"{parts.netloc}{parts.path}".rstrip("/")
        from webdav4.fsspec import WebdavFileSystem

        return WebdavFileSystem(
            f"{parts.scheme.removeprefix('webdav+')}://{parts.netloc}",
            auth=(config.user, secret) if config.user else None,
            timeout=config.timeout_seconds,
            retry=False,  # the loop has its own policy, and finds before it writes again
            skip_instance_cache=True,
        ), parts.path.strip("/")
    except ModuleNotFoundError as error:
        extra = "s3" if parts.scheme == "s3" else "webdav"
        raise AdapterError(
            f"the folder {config.folder} needs the package {error.name!r}",
            hint=f"pip install 'synthloop[{extra}]'",
        ) from error


def _line_errors() -> tuple[type[Exception], ...]:
    """Return what the loaded file systems raise when the line or the server fails."""
    found: list[type[Exception]] = [OSError]
    for module, name in (
        ("httpx", "HTTPError"),
        ("webdav4.client", "ClientError"),
        ("webdav4.http", "HTTPStatusError"),
        ("xml.etree.ElementTree", "ParseError"),
        ("botocore.exceptions", "BotoCoreError"),
        ("botocore.exceptions", "ClientError"),
        ("aiohttp", "ClientError"),
    ):
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None:
            found.append(kind)
    return tuple(found)


def _translated(error: Exception, doing: str) -> AdapterError:
    status = getattr(error, "status_code", None) or getattr(
        getattr(error, "response", None), "status_code", None
    )
    if status in {401, 403} or isinstance(error, PermissionError):
        return LabAccessError(
            f"{doing}: the server does not let us in",
            hint="look at `user` and `secret` under [lims]; orders wait meanwhile",
        )
    return RetryableAdapterError(f"{doing}: {type(error).__name__}: {error}")
