"""Files in SENAITE: objects of the client, to which samples and analyses point."""

import base64
import binascii
from collections.abc import Iterable

from lims_adapters.senaite.client import SYSTEM, Item, SenaiteClient
from lims_adapters.senaite.samples import uid_of
from loop.core.result import ResultAttachment
from loop.errors import AdapterError


def shown(client: SenaiteClient, uids: Iterable[str]) -> tuple[ResultAttachment, ...]:
    """Return the files with these UIDs, without their content."""
    found = []
    for uid in uids:
        file = client.record(uid).get("AttachmentFile")
        if isinstance(file, dict):
            kind = str(file.get("content_type") or "")
            name = str(file.get("filename") or uid)
            found.append(ResultAttachment(name=name, reference=uid, media_type=kind))
    return tuple(found)


def content_of(client: SenaiteClient, uid: str) -> bytes:
    """Return the content of a file.

    Raises:
        RetryableAdapterError: try later.
        AdapterError: there is no such file.
    """
    file = client.record(uid, filedata="yes").get("AttachmentFile")
    if not isinstance(file, dict) or not isinstance(file.get("data"), str):
        raise AdapterError(f"{SYSTEM}: the attachment {uid} holds no file")
    try:
        return base64.b64decode(file["data"])
    except binascii.Error as error:
        raise AdapterError(f"{SYSTEM}: the attachment {uid} is no base64: {error}") from error


def file_with(
    client: SenaiteClient, owner: str, sample: Item, name: str, media_type: str, content: bytes
) -> None:
    """File a document with a sample; one of the same name gets the new content.

    It takes two steps: the file is made, then the sample points to it. After the first alone it
    lies unused with the client, and the next attempt makes another.

    Args:
        client: The line.
        owner: UID of the client.
        sample: Whole.
        name: File name.
        media_type: Declared to SENAITE.
        content: The document.

    Raises:
        RetryableAdapterError: it may or may not be there; the same call is safe.
        AdapterError: SENAITE refuses it.
    """
    body = {
        "AttachmentFile": base64.b64encode(content).decode("ascii"),
        "filename": name,
        "mimetype": media_type,
    }
    linked = [uid for part in sample.get("Attachment") or () if (uid := uid_of(part))]
    for known in shown(client, linked):
        if known.name == name:
            if content_of(client, known.reference) != content:
                client.update(known.reference, body, repeatable=True)
            return
    made = client.create({"portal_type": "Attachment", "parent_uid": owner, "title": name, **body})
    pointers, uid = [*linked, str(made["uid"])], str(sample["uid"])
    client.update(uid, {"Attachment": pointers}, repeatable=True)
    if made["uid"] not in map(uid_of, client.record(uid).get("Attachment") or ()):
        raise AdapterError(f"{SYSTEM} took {name!r} and did not file it with sample {uid}")
