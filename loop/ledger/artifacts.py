"""Large results in a folder, named by the digest of their content."""

import os
import uuid
from pathlib import Path

from loop.core.canonical import digest as digest_of
from loop.errors import LedgerError, NotFoundError


class FolderArtifacts:
    """A folder of files whose names are SHA-256 digests.

    A file is written under a temporary name, synchronised, then renamed: a name that exists has
    its whole content.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def put(self, content: bytes) -> str:
        """Store `content`, return its digest."""
        digest = digest_of(content)
        path = self._path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{uuid.uuid4().hex}.part")
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return digest

    def has(self, digest: str) -> bool:
        """Whether something has this digest."""
        return self._path(digest).exists()

    def get(self, digest: str) -> bytes:
        """Return what was stored.

        Raises:
            NotFoundError: nothing has this digest.
            LedgerError: the stored bytes no longer match it.
        """
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise NotFoundError(
                f"artifact {digest[:12]}… is missing from {self._folder}",
                hint="restore the folder from the backup that goes with the database",
            ) from None
        if digest_of(content) != digest:
            raise LedgerError(
                f"artifact {self._path(digest)} was changed: its content has another digest",
                hint="restore it from a backup",
            )
        return content
