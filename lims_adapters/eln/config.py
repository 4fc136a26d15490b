"""What the adapter for `.eln` archives can be told."""

from typing import Annotated, Literal

from pydantic import Field

from lims_adapters.transport.folder import FolderConfig
from lims_adapters.transport.mapping import Meaning, ResultField


class ElnConfig(FolderConfig):
    """Options of `[lims] kind = "eln"`.

    Attributes:
        order_id: Field of an entry that holds our order id; the entry's identifier and name
            count too, where they are the id exactly.
        properties: Property of the campaign to the field that holds it: its `propertyID`, or its
            name. `*` stands for the number of an item in a list: `dsc/*/tg`. A field that is there
            several times holds replicates.
        lists_count_from: What `*` is for the first repeat: 0 (Kadi4Mat, SampleDB) or 1.
        status_field: Field with a status word, or `creativeWorkStatus`; none when empty.
        status: Status word to its meaning.
        operator_field: Field with who measured; the entry's author when absent.
        instrument_field: Field with what it was measured.
        measured_at_field: Field with when.
        note_field: Field with a remark, or the reason of a failure.
        largest_mb: Largest archive that is opened, and largest content of one.
    """

    order_id: Annotated[str, Field(min_length=1)] = "order_id"
    properties: Annotated[dict[str, ResultField], Field(min_length=1)]
    lists_count_from: Literal[0, 1] = 0
    status_field: str = ""
    status: dict[str, Meaning] = Field(default_factory=dict)
    operator_field: str = ""
    instrument_field: str = ""
    measured_at_field: str = ""
    note_field: str = ""
    largest_mb: Annotated[float, Field(gt=0, le=2000)] = 200.0
