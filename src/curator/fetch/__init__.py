"""One polite HTTP GET, whose outcome is a value: Fetched | NotModified | Gone | Failed."""

from curator.fetch.following import DEADLINE, MOST_BYTES, WHOLE_ERRORS, Web, fetch
from curator.fetch.gate import HostGate
from curator.fetch.looking import Looked, look
from curator.fetch.posting import post
from curator.fetch.robots import allowed
from curator.fetch.stopping import CannotFetch, shown
from curator.fetch.unpacking import Gunzip, most_packed

__all__ = [
    "DEADLINE",
    "MOST_BYTES",
    "WHOLE_ERRORS",
    "CannotFetch",
    "Gunzip",
    "HostGate",
    "Looked",
    "Web",
    "allowed",
    "fetch",
    "look",
    "most_packed",
    "post",
    "shown",
]
