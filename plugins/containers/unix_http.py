"""HTTP over a unix socket, as far as engines' APIs need it."""

from __future__ import annotations

import http.client
import json
import socket
import stat
from pathlib import Path
from typing import Any

from tracer.core.plugin import LookUpLater

TIMEOUT_S = 2.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024


class UnixConnection(http.client.HTTPConnection):
    """A connection to a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        """Connects. Raises OSError."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def is_socket(path: str) -> bool:
    """Whether there is a socket at this path."""
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return False


def get_json(path: str, resource: str) -> Any:
    """What the server at the socket `path` says of a resource ("/containers/ID/json"); None if it knows none.

    Raises LookUpLater if there is no answer, or none that can be understood.
    """
    connection = UnixConnection(path)
    try:
        connection.request("GET", resource)
        answer = connection.getresponse()
        text = answer.read(MAX_ANSWER_BYTES)
        if answer.status == http.client.NOT_FOUND:
            return None
        if answer.status != http.client.OK:
            raise LookUpLater(f"{path}: {resource}: {answer.status} {answer.reason}")
        return json.loads(text)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LookUpLater(f"{path}: {resource}: {error}") from None
    finally:
        connection.close()
