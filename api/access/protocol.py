"""uvicorn's way of reading HTTP, with a bound: it would keep a head of any size in memory."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST = 65_536
"""Bytes of a head, or of what else comes between two pieces of a body, such as trailers."""

_ANSWER = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection on which more than ``MOST`` bytes come that are of no body.

    With uvicorn's command: ``--http api.access.protocol:BoundedProtocol``.
    """

    _seen = 0

    def data_received(self, data: bytes) -> None:
        """Called with what has come."""
        for start in range(0, len(data), MOST):
            part = data[start : start + MOST]
            self._seen += len(part)
            super().data_received(part)
            if self._seen > MOST and not self.transport.is_closing():
                self._refuse()
            if self.transport.is_closing():
                return

    def on_headers_complete(self) -> None:
        """A head has ended."""
        self._seen = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body has come."""
        self._seen = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has ended."""
        self._seen = 0
        super().on_message_complete()

    def _refuse(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_ANSWER)
        self.transport.close()
