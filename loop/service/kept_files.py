"""Files that came with results: the list, the content, another attempt to fetch."""

from dataclasses import dataclass

from loop.core import events as e
from loop.core.result import KeptFile
from loop.errors import NotFoundError
from loop.service.ask import Ask
from loop.service.commands import Commands
from loop.service.file_keeping import fetched


@dataclass(frozen=True)
class FileLine:
    """One file that came with a result.

    Attributes:
        measurement_id: The value it came with.
        order_id: Its order.
        label: Its candidate.
        property: What was measured.
        file: The file.
    """

    measurement_id: str
    order_id: str
    label: str
    property: str
    file: KeptFile


class FileCommands(Commands):
    """What can be asked about the files of results."""

    def files(self, slug: str) -> list[FileLine]:
        """Return every file that came with a result of a campaign.

        Raises:
            NotFoundError: there is no such campaign.
        """
        state = self._archive.state(slug)
        return [
            FileLine(
                measurement_id=identity,
                order_id=record.current.order_id,
                label=state.orders[record.current.order_id].order.candidate.label,
                property=record.current.property,
                file=file,
            )
            for identity, record in state.measurements.items()
            for file in record.current.files
        ]

    def file_content(self, digest: str) -> bytes:
        """Return a kept file.

        Raises:
            NotFoundError: it is not kept here.
        """
        if not digest:
            raise NotFoundError("this file is not kept here", hint="see synthloop lims files")
        return self._archive.artifacts.get(digest)

    def fetch_files(self, slug: str, ask: Ask) -> int:
        """Try again to fetch what could not be fetched; return how many files came.

        Raises:
            NotFoundError: there is no such campaign.
            ConflictError: the campaign changed meanwhile; nothing was recorded.
        """
        state = self._archive.state(slug)
        bodies: list[e.EventBody] = []
        n_came = 0
        for identity, record in state.measurements.items():
            missing = [f for f in record.current.files if not f.digest]
            came = tuple(f for f in fetched(self._archive, state, missing) if f.digest)
            if came:
                bodies.append(e.MeasurementAttached(measurement_id=identity, files=came))
                n_came += len(came)
        if bodies:
            self._append(state, ask, *bodies)
        return n_came
