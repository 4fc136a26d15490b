"""The common ground of every frozen value that may be written to the ledger."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, without unknown fields, without NaN or infinity."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="null"
    )
