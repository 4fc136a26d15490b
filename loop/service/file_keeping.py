"""Files that come with results: fetched, checked, kept as artifacts by their digest."""

from collections.abc import Sequence
from typing import Final

from loop.core import events as e
from loop.core.canonical import digest
from loop.core.lab_ports import GivesAttachments
from loop.core.result import KeptFile, ResultAttachment
from loop.core.state import CampaignState
from loop.errors import AdapterError
from loop.service.archive import Archive

_LARGEST: Final = 64_000_000


def keep_files(
    archive: Archive, state: CampaignState, bodies: Sequence[e.EventBody]
) -> list[e.EventBody]:
    """Return the events with the files that they announce fetched into the artifact store.

    A file that cannot be fetched never holds its value back: the event says why, and it can be
    asked for again. The store names files by content, so a crash between the fetch and the append
    leaves nothing that the next attempt does not meet again.
    """
    kept: list[e.EventBody] = []
    for body in bodies:
        match body:
            case e.MeasurementRecorded(measurement=m) if m.files:
                files = fetched(archive, state, m.files)
                measurement = m.model_copy(update={"files": files})
                kept.append(e.MeasurementRecorded(measurement=measurement))
            case e.MeasurementAttached(measurement_id=identity, files=files):
                files = fetched(archive, state, files)
                kept.append(e.MeasurementAttached(measurement_id=identity, files=files))
            case _:
                kept.append(body)
    return kept


def keep_given(
    archive: Archive, bodies: Sequence[e.EventBody], content: bytes
) -> list[e.EventBody]:
    """Return the events with the one file that a person handed in kept as an artifact."""
    found = digest(content)

    def kept(files: Sequence[KeptFile]) -> tuple[KeptFile, ...]:
        return tuple(
            f.model_copy(update={"digest": found, "size": len(content)})
            if f.expected == found
            else f
            for f in files
        )

    named: list[e.EventBody] = []
    for body in bodies:
        match body:
            case e.MeasurementRecorded(measurement=m) if m.files:
                measurement = m.model_copy(update={"files": kept(m.files)})
                named.append(e.MeasurementRecorded(measurement=measurement))
            case e.MeasurementAttached(measurement_id=identity, files=files):
                named.append(e.MeasurementAttached(measurement_id=identity, files=kept(files)))
            case _:
                named.append(body)
    if named != list(bodies):
        archive.artifacts.put(content)
    return named


def fetched(
    archive: Archive, state: CampaignState, files: Sequence[KeptFile]
) -> tuple[KeptFile, ...]:
    """Return the files as they are kept now; one that cannot be kept says why."""
    return tuple(_fetched(archive, state, file) for file in files)


def _fetched(archive: Archive, state: CampaignState, file: KeptFile) -> KeptFile:
    attachment = ResultAttachment(
        name=file.name,
        reference=file.reference,
        media_type=file.media_type,
        digest=file.expected,
    )
    try:
        lab = archive.lab(state)
        if not isinstance(lab, GivesAttachments):
            return _not_kept(file, "this kind of lab system hands out no files")
        content = lab.open_attachment(attachment)
    except AdapterError as error:
        return _not_kept(file, error.message)
    if len(content) > _LARGEST:
        return _not_kept(file, f"{len(content)} bytes; the limit is {_LARGEST}")
    found = digest(content)
    if file.expected and found != file.expected:
        return _not_kept(file, f"its SHA-256 is {found}, the lab says {file.expected}")
    archive.artifacts.put(content)
    return file.model_copy(update={"digest": found, "size": len(content), "problem": ""})


def _not_kept(file: KeptFile, problem: str) -> KeptFile:
    return file.model_copy(update={"problem": problem})
