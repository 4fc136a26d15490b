"""Where a password or token is kept: never in a campaign file, a ledger or a log."""

import os
import stat
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from loop.errors import LabAccessError


class SecretSource(BaseModel):
    """Names the place of one secret; exactly one of the three.

    Attributes:
        env: Environment variable.
        file: File whose first line it is; must not be readable by others.
        keyring: `service/user` in the system's key ring (extra `keyring`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: str = ""
    file: str = ""
    keyring: str = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(bool(place) for place in (self.env, self.file, self.keyring)) != 1:
            raise ValueError("give exactly one of env, file, keyring")
        if self.keyring and "/" not in self.keyring:
            raise ValueError("write keyring as service/user")
        return self

    def __str__(self) -> str:
        """Name the place, for messages."""
        if self.env:
            return f"environment variable {self.env}"
        return f"file {self.file}" if self.file else f"key ring entry {self.keyring}"

    def read(self) -> SecretStr:
        """Return the secret.

        Raises:
            LabAccessError: it is not there, others can read its file, or it holds a line break.
        """
        if self.env:
            found = os.environ.get(self.env, "")
        elif self.file:
            found = _first_line(Path(self.file).expanduser())
        else:
            found = _from_keyring(*self.keyring.split("/", 1))
        if not found.strip():
            raise LabAccessError(
                f"the secret for the lab's system is missing: {self} is empty",
                hint="put the token there and let the worker go on; orders wait meanwhile",
            )
        secret = found.strip()
        # HTTP libraries quote the whole header when they refuse such a character.
        if not secret.isprintable():
            raise LabAccessError(
                f"the secret for the lab's system in {self} holds a line break or another "
                "character that cannot be typed",
                hint="copy the token again",
            )
        return SecretStr(secret)


def _first_line(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise LabAccessError(
                f"the secret in {path} can be read by others (mode {stat.filemode(mode)})",
                hint=f"chmod 600 {path}",
            )
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LabAccessError(f"the secret in {path} cannot be read: {error.strerror}") from error
    return lines[0] if lines else ""


def _from_keyring(service: str, user: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError as error:
        raise LabAccessError(
            "the key ring needs the package 'keyring'", hint="pip install 'synthloop[keyring]'"
        ) from error
    try:
        return keyring.get_password(service, user) or ""
    except KeyringError as error:
        raise LabAccessError(f"the key ring does not answer: {error}") from error
