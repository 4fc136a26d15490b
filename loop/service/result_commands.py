"""Commands about results: record, correct, withdraw."""

from collections.abc import Sequence
from dataclasses import dataclass

from loop.core import events as e
from loop.core.lab_ports import ResultFileReader
from loop.core.number import ParsedNumber, parse_number
from loop.core.order import WorkOrder
from loop.core.result import LabResult, ResultBatch
from loop.core.state import CampaignState
from loop.core.units import convert
from loop.errors import DataError, NotFoundError, StateError
from loop.service.ask import Ask
from loop.service.commands import Commands, given_reason, repeatable
from loop.service.file_keeping import keep_given
from loop.service.intake import Intake, take_in


@dataclass(frozen=True)
class RecordOutcome:
    """What became of a set of results."""

    version: int
    n_recorded: int
    n_corrected: int
    n_known: int
    n_ended: int


class ResultCommands(Commands):
    """What can be asked about results."""

    def record_results(
        self, slug: str, results: Sequence[LabResult], source: str, ask: Ask
    ) -> RecordOutcome:
        """Record results, all or none.

        Raises:
            DataError: with a problem per result that cannot be accepted; nothing was recorded.
        """
        return self._record(slug, results, source, ask, None)

    def _record(
        self, slug: str, results: Sequence[LabResult], source: str, ask: Ask, content: bytes | None
    ) -> RecordOutcome:
        state = self._archive.state(slug)
        intake = take_in(state, results, source)
        if intake.problems:
            raise DataError(
                f"campaign {slug!r}: {source} was not accepted; nothing of it was recorded",
                problems=intake.problems,
            )
        bodies = intake.bodies
        if content is not None:
            bodies = keep_given(self._archive, bodies, content)
        version = self._append(state, ask, *bodies) if bodies else state.version
        return _outcome(version, intake)

    def record_file(self, slug: str, name: str, content: bytes, ask: Ask) -> RecordOutcome:
        """Record a filled-in worksheet or a declared instrument's file, all or nothing.

        Raises:
            DataError: with every problem of the file; nothing was recorded.
        """
        batch = self.preview_file(slug, name, content)
        if batch.problems:
            raise DataError(
                f"campaign {slug!r}: {name} was not accepted; nothing of it was recorded",
                problems=batch.problems,
                hint="mend the cells that are named and hand the file in again",
            )
        return self._record(slug, batch.results, name, ask, content)

    def preview_file(self, slug: str, name: str, content: bytes) -> ResultBatch:
        """Return what a worksheet says and everything wrong with it, recording nothing."""
        state = self._archive.state(slug)
        orders = [record.order for record in state.orders.values()]
        batch = self._reader(state).read_results(name, content, orders)
        if batch.problems:
            return batch
        problems = take_in(state, batch.results, name).problems
        return batch.model_copy(update={"problems": tuple(problems)})

    def worksheet(self, slug: str) -> bytes:
        """Return an XLSX worksheet for all orders that wait for results."""
        state = self._archive.state(slug)
        return self._reader(state).write_template([o.order for o in state.outstanding()])

    def waiting_orders(self, slug: str) -> tuple[WorkOrder, ...]:
        """Return the orders that wait for results."""
        return tuple(record.order for record in self._archive.state(slug).outstanding())

    def _reader(self, state: CampaignState) -> ResultFileReader:
        return self._archive.stages.file_reader(self._archive.context(state))

    def parse_value(self, slug: str, text: str) -> ParsedNumber:
        """Return the number a chemist typed, read in the campaign's decimal convention.

        Raises:
            DataError: it is no number, or can be read in two ways.
        """
        return parse_number(text, self._archive.state(slug).definition.decimal)

    @repeatable
    def correct_measurement(
        self, slug: str, measurement_id: str, value: float, unit: str, reason: str, ask: Ask
    ) -> int:
        """Replace the value of a measurement; the old one stays in the history."""
        state = self._archive.state(slug)
        record = state.measurements.get(measurement_id)
        if record is None:
            raise NotFoundError(f"campaign {slug!r} has no measurement {measurement_id!r}")
        spec = state.definition.properties[record.current.property]
        converted = convert(value, unit, spec.unit)
        if spec.plausible and not spec.plausible[0] <= converted <= spec.plausible[1]:
            raise DataError(
                f"{converted:g} {spec.unit} is outside the plausible range "
                f"{spec.plausible[0]:g} to {spec.plausible[1]:g}; nothing was recorded"
            )
        return self._append(
            state,
            ask,
            e.MeasurementCorrected(
                measurement_id=measurement_id,
                value=converted,
                sd=record.current.sd,
                received_value=value,
                received_unit=unit,
                previous_value=record.current.value,
                reason=given_reason(reason),
            ),
        )

    @repeatable
    def withdraw_measurement(self, slug: str, measurement_id: str, reason: str, ask: Ask) -> int:
        """Let a measurement no longer count; it stays in the history."""
        state = self._archive.state(slug)
        record = state.measurements.get(measurement_id)
        if record is None:
            raise NotFoundError(f"campaign {slug!r} has no measurement {measurement_id!r}")
        if record.withdrawn:
            raise StateError("this measurement is withdrawn already")
        return self._append(
            state,
            ask,
            e.MeasurementWithdrawn(measurement_id=measurement_id, reason=given_reason(reason)),
        )


def _outcome(version: int, intake: Intake) -> RecordOutcome:
    return RecordOutcome(
        version, intake.n_recorded, intake.n_corrected, intake.n_known, intake.n_ended
    )
