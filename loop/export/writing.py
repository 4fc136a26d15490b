"""What is gathered for each form of export."""

import csv
import io
from importlib import metadata

from loop.export.crate import CrateFile, as_crate
from loop.export.reactions import as_reactions
from loop.service.door import Door
from loop.service.export import measurement_rows


def as_csv(door: Door, slug: str) -> bytes:
    """Return all measurements with their history as CSV.

    Raises:
        NotFoundError: there is no such campaign.
    """
    buffer = io.StringIO()
    csv.writer(buffer).writerows(measurement_rows(door.queries.view(slug)))
    # The mark makes spreadsheet programs read the file as UTF-8.
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def as_ro_crate(door: Door, slug: str) -> bytes:
    """Return the campaign as an RO-Crate, with the files that came with results.

    Raises:
        NotFoundError: there is no such campaign.
    """
    kept = [
        CrateFile(
            measurement_id=line.measurement_id,
            name=line.file.name,
            media_type=line.file.media_type,
            digest=line.file.digest,
            content=door.service.file_content(line.file.digest),
        )
        for line in door.service.files(slug)
        if line.file.digest
    ]
    version = metadata.version("synthloop")
    return as_crate(door.queries.view(slug), door.queries.events(slug), kept, version)


def as_ord(door: Door, slug: str) -> bytes:
    """Return the measured reactions of a campaign for the Open Reaction Database.

    Raises:
        NotFoundError: there is no such campaign.
        DataError: no measured candidate has a planned route.
    """
    return as_reactions(door.queries.view(slug))
