"""The name of a plug-in with its options, as a campaign file writes them."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class PluginChoice(BaseModel):
    """The name of a plug-in, with its options beside it; the plug-in's `Config` checks them."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    kind: str

    @property
    def options(self) -> dict[str, Any]:
        """Everything but the name."""
        return dict(self.model_extra or {})
