"""Who asks, from which version, under which id."""

import uuid
from dataclasses import dataclass, field

from loop.core.events import Actor


@dataclass(frozen=True)
class Ask:
    """The envelope of a command.

    Attributes:
        actor: Who asks.
        expected_version: Version the asker looked at; None accepts any.
        command_id: Made by the asker once per intention, so that a double click is harmless.
    """

    actor: Actor
    expected_version: int | None = None
    command_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def by(cls, name: str, expected_version: int | None = None) -> "Ask":
        """Return a new ask of a person."""
        return cls(Actor(name=name), expected_version)
