"""One polite HTTP GET, whose outcome is a value: Fetched | NotModified | Gone | Failed."""

from curator.fetch.following import DEADLINE, Web, fetch
from curator.fetch.gate import HostGate
from curator.fetch.posting import post
from curator.fetch.stopping import CannotFetch, shown
from curator.fetch.unpacking import Gunzip

__all__ = ["DEADLINE", "CannotFetch", "Gunzip", "HostGate", "Web", "fetch", "post", "shown"]
