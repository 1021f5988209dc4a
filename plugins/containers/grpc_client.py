"""gRPC over a unix socket: calls with one question and one answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracer.core.plugin import LookUpLater
from tracer.plugins.containers.messages import messages

MAX_ANSWER_BYTES = 64 * 1024 * 1024


class NotImplementedThere(Exception):
    """The server has no such service."""


class GrpcClient:
    """The server at a socket, spoken to in the messages of one table. Raises ImportError without gRPC."""

    def __init__(self, socket: str, table: str, timeout_s: float) -> None:
        try:
            import grpc
        except ImportError:
            raise ImportError(f"{socket} speaks gRPC, which takes: pip install 'tracer[containers]'") from None
        self._grpc = grpc
        self._socket = socket
        self._messages = messages(table)
        self._timeout_s = timeout_s
        self._channel = grpc.insecure_channel(
            f"unix:{socket}",
            # Otherwise the path would be the authority, which servers written in Go refuse.
            options=[("grpc.default_authority", "localhost"), ("grpc.max_receive_message_length", MAX_ANSWER_BYTES)],
        )

    def message(self, name: str, /, **values: object) -> Any:
        """A message of the table."""
        return self._messages[name](**values)

    def call(self, method: str, question: Any, answer: str, metadata: Sequence[tuple[str, str]] = ()) -> Any:
        """The server's answer to a question, a message of type `answer`; None if it knows no such thing.

        Raises NotImplementedThere; LookUpLater for any other failure.
        """
        send = self._channel.unary_unary(
            method,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self._messages[answer].FromString,
        )
        try:
            return send(question, timeout=self._timeout_s, metadata=metadata)
        except self._grpc.RpcError as error:
            code = error.code()
            if code == self._grpc.StatusCode.NOT_FOUND:
                return None
            if code == self._grpc.StatusCode.UNIMPLEMENTED:
                raise NotImplementedThere(method) from None
            raise LookUpLater(f"{self._socket}: {method}: {error.details()}") from None
