"""What names the numbers of a featurizer."""

from loop.core.canonical import Json, canonical_json, digest


def version_digest(name: str, version: int, libraries: dict[str, str], config: Json) -> str:
    """Return the digest of everything that decides a featurizer's numbers but the pool."""
    return digest(
        canonical_json({"name": name, "version": version, "libraries": libraries, "config": config})
    )
