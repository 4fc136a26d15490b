"""Bytes of an instrument to text."""

from loop.errors import DataError


def decoded(content: bytes) -> str:
    """Return the text of a file.

    UTF-16 is known by its mark. What is no UTF-8 is Western European, the code that instruments'
    software on Windows writes; it only matters in a degree sign or a name, never in a number.

    Raises:
        DataError: it is no text.
    """
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise DataError("half a character at the end; expected a complete text") from error
    if b"\x00" in content:
        raise DataError("holds zero bytes; expected a text file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
