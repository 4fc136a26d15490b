"""What makes two structures one candidate."""

from loop.core.candidate import Material
from loop.errors import SynthloopError
from loop.space.chain import UnreadableStructureError
from loop.space.chemistry import canonical_key


def key_of(material: Material, structure: str) -> str | None:
    """Return the text that all spellings of a candidate share; None for what is no candidate."""
    try:
        return canonical_key(material, structure)
    except (UnreadableStructureError, SynthloopError):
        return None
