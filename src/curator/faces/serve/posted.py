"""What a form brings, in either of the two ways in which browsers and mail programs send one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import HTTP
from urllib.parse import parse_qs

MOST_FIELDS = 200


def fields(content_type: str, body: bytes) -> Mapping[str, Sequence[str]]:
    """By name, in the order in which they came. What cannot be read is as if nothing had been filled in."""
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        return _parts(content_type, body)
    try:
        return parse_qs(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="replace",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        return {}


def _parts(content_type: str, body: bytes) -> Mapping[str, Sequence[str]]:
    """RFC 7578: the form of a mail, with the name of each field beside it. Files are not wanted."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    found: dict[str, list[str]] = {}
    whole = message_from_bytes(head + body, policy=HTTP)
    for part in whole.iter_parts() if isinstance(whole, EmailMessage) and whole.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        said = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(said, bytes) and part.get_filename() is None:
            found.setdefault(name, []).append(said.decode("utf-8", "replace"))
    return found if len(found) <= MOST_FIELDS else {}
