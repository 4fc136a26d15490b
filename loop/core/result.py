"""What the lab answers, before and after it is accepted."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import AwareDatetime, model_validator

from loop.core.base import Frozen
from loop.errors import Problem

Qualifier = Literal["=", "<", ">"]


class Outcome(StrEnum):
    """How an attempt ended."""

    MEASURED = "measured"
    FAILED_SYNTHESIS = "failed in synthesis"
    FAILED_MEASUREMENT = "failed in measurement"
    CANCELLED = "cancelled"
    NEEDS_FOLLOW_UP = "needs follow-up"
    WITHDRAWN = "withdrawn"


class ResultAttachment(Frozen):
    """A file that comes with a result: a curve, a spectrum, a photograph.

    Attributes:
        name: File name as the lab has it; a name for people, never a path to write to.
        reference: The adapter's handle for fetching it.
        media_type: As the lab declares it.
        digest: SHA-256 of the content, lower-case hexadecimal, if the lab tells.
    """

    name: str
    reference: str
    media_type: str = ""
    digest: str = ""


class LabResult(Frozen):
    """One answer of the lab, in the lab's words and units.

    Attributes:
        order_id: The order it answers.
        result_id: The lab's own id of this answer; the same answer sent twice has the same id,
            a changed answer too.
        outcome: How it ended.
        property: Which property; empty when the outcome is not a measurement.
        value: The number, in `unit`.
        qualifier: "<" or ">" when the instrument only gave a limit.
        unit: As the lab wrote it.
        sd: Standard deviation of this value, in `unit`, if given.
        replicate: Number of the repeat, from 1.
        raw: The cell or field as it was received.
        method: How it was measured.
        operator: Who measured.
        instrument: With what.
        measured_at: When, with time zone.
        note: Free text; for a failure, the reason.
        place: Where in the source it stood, for messages: "row 7" or "cell E7".
        attachments: Files that come with it.
    """

    order_id: str
    result_id: str
    outcome: Outcome = Outcome.MEASURED
    property: str = ""
    value: float | None = None
    qualifier: Qualifier = "="
    unit: str = ""
    sd: float | None = None
    replicate: int = 1
    raw: str = ""
    method: str = ""
    operator: str = ""
    instrument: str = ""
    measured_at: AwareDatetime | None = None
    note: str = ""
    place: str = ""
    attachments: tuple[ResultAttachment, ...] = ()

    @model_validator(mode="after")
    def _measured_has_a_value(self) -> Self:
        if self.outcome is Outcome.MEASURED and (self.value is None or not self.property):
            raise ValueError("a measured result needs a property and a value")
        return self


class ResultBatch(Frozen):
    """Results that stand or fall together: one file, or one answer of a server.

    Attributes:
        token: The adapter's handle for `settle`.
        source: What people call it: a file name, an address.
        content_digest: SHA-256 of what was received.
        results: What it said.
        problems: Why it cannot be accepted; then `results` is not used.
        snapshot_of: Orders of which `results` is all that the lab holds to be valid. A value that
            was recorded from this lab for one of them and is not among `results` was withdrawn.
        namespace: What every `result_id` of this lab's begins with; a snapshot withdraws nothing
            that somebody else reported. Needed with `snapshot_of`.
    """

    token: str
    source: str
    content_digest: str
    results: tuple[LabResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    snapshot_of: tuple[str, ...] = ()
    namespace: str = ""

    @model_validator(mode="after")
    def _a_snapshot_knows_its_own(self) -> Self:
        if self.snapshot_of and not self.namespace:
            raise ValueError("a snapshot needs the namespace of its result ids")
        if self.namespace and not all(r.result_id.startswith(self.namespace) for r in self.results):
            raise ValueError(f"every result id must begin with {self.namespace!r}")
        return self


class Poll(Frozen):
    """What is new at the lab.

    Attributes:
        batches: At least once: the same batch may come again until it is settled.
        cursor: Where the next poll goes on; None for systems without one.
    """

    batches: tuple[ResultBatch, ...] = ()
    cursor: str | None = None


class KeptFile(Frozen):
    """A file that came with a result.

    Attributes:
        name: For people; a bare file name without path or control characters.
        reference: The adapter's handle for fetching it.
        media_type: As the lab declares it.
        expected: SHA-256 that the lab tells of it, if it does.
        digest: SHA-256 of the artifact that holds it; empty while it is not kept here.
        size: Bytes; 0 while it is not kept.
        problem: Why it could not be kept.
    """

    name: str
    reference: str
    media_type: str = ""
    expected: str = ""
    digest: str = ""
    size: int = 0
    problem: str = ""


class Measurement(Frozen):
    """One accepted value, in the campaign's unit, with the lab's words kept beside it."""

    measurement_id: str
    order_id: str
    candidate_id: str
    property: str
    value: float
    qualifier: Qualifier = "="
    sd: float | None = None
    replicate: int = 1
    received_value: float
    received_unit: str
    raw: str = ""
    method: str = ""
    operator: str = ""
    instrument: str = ""
    measured_at: AwareDatetime | None = None
    note: str = ""
    source: str = ""
    result_id: str = ""
    files: tuple[KeptFile, ...] = ()
