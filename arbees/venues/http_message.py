"""HTTP/1.1 messages: a request's bytes, and a parser of answers (httptools). Pure.

What is around the message (connections, deadlines) is in http1.py. A header or path that could
break out of its line is refused: nothing of ours is ever two requests.
"""

import httptools

from arbees.errors import InvariantError, WireError
from arbees.messages.requests import Request, Response

USER_AGENT = "arbees/0.1.0"
BODY_MAX = 8 << 20
HEADERS_MAX = 200
_BREAKS = ("\r", "\n", "\0")


def fixed_head(host: str) -> bytes:
    """The part of the head that is the same for every request to a host."""
    return (
        f" HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\nAccept: application/json\r\n"
    ).encode("ascii")


def request_bytes(
    request: Request, fixed: bytes, headers: tuple[tuple[str, str], ...] = ()
) -> bytes:
    """The whole request; `headers` (a signature) come after the request's own. Raises
    InvariantError if a path or header would end its line."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in (*request.headers, *headers))
    line = f"{request.method} {request.path}"
    count = lines.count("\r\n")
    if " " in request.path or any(b in line for b in _BREAKS) or "\0" in lines:
        raise InvariantError(f"not a request line: {request.method} {request.path!r}")
    if count != len(request.headers) + len(headers) or lines.count("\n") != count:
        raise InvariantError(f"a header of {request!r} would break its line")
    body = request.body
    if body or request.method in ("POST", "PUT"):
        lines += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return b"".join((line.encode("ascii"), fixed, lines.encode("ascii"), b"\r\n", body))


class AnswerParser:
    """One answer at a time. `feed` raises WireError on anything that is no HTTP answer, on more
    than was asked for, and on a body or head beyond its bound."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._done = False
        self.keeps_alive = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self._headers) >= HEADERS_MAX:
            raise WireError(f"more than {HEADERS_MAX} headers", "http answer")
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > BODY_MAX:
            raise WireError(f"a body beyond {BODY_MAX} bytes", "http answer")
        self._body.append(body)

    def on_message_begin(self) -> None:
        if self._done:
            raise WireError("an answer that nobody asked for", "http answer")

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # 100 and 103 announce, they do not answer
            self._headers, self._body, self._size = [], [], 0
            return
        self._done = True
        self.keeps_alive = self._parser.should_keep_alive()

    def feed(self, data: bytes) -> Response | None:
        """The answer once it is whole; the parser is then ready for the next."""
        try:
            self._parser.feed_data(data)
        except WireError:
            raise
        except httptools.HttpParserUpgrade as error:
            raise WireError("another protocol instead of an answer", "http answer") from error
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, WireError):
                raise cause from error
            raise WireError(f"not an HTTP answer: {error}", "http answer") from error
        if not self._done:
            return None
        status = self._parser.get_status_code()
        answer = Response(status, b"".join(self._body), tuple(self._headers))
        keeps = self.keeps_alive
        self._reset()
        self.keeps_alive = keeps
        return answer
