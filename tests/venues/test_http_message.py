"""HTTP messages: bytes of a request, answers in any cut, and what is no answer at all."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbees.errors import InvariantError, WireError
from arbees.messages.requests import Request, RequestKind, Response
from arbees.venues.http_message import BODY_MAX, AnswerParser, fixed_head, request_bytes

FIXED = fixed_head("venue.test")


def test_a_request_is_written_whole() -> None:
    request = Request("POST", "/x?y=%20", RequestKind.ORDER, b'{"a":1}', (("A", "1"),))
    assert request_bytes(request, FIXED, (("B", "2"),)) == (
        b"POST /x?y=%20 HTTP/1.1\r\nHost: venue.test\r\nUser-Agent: arbees/0.1.0\r\n"
        b"Accept: application/json\r\nA: 1\r\nB: 2\r\nContent-Type: application/json\r\n"
        b'Content-Length: 7\r\n\r\n{"a":1}'
    )
    read = request_bytes(Request("GET", "/", RequestKind.READ), FIXED)
    assert b"Content" not in read
    assert read.endswith(b"json\r\n\r\n")
    assert b"Content-Length: 0" in request_bytes(Request("PUT", "/", RequestKind.WRITE), FIXED)


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/a b", ("A", "1")),
        ("/a\r\nX: 1", ("A", "1")),
        ("/a\n", ("A", "1")),
        ("/a", ("A", "1\r\nX: 2")),
        ("/a", ("A", "1\n")),
        ("/a", ("A\0", "1")),
    ],
)
def test_nothing_breaks_out_of_its_line(path: str, header: tuple[str, str]) -> None:
    with pytest.raises(InvariantError):
        request_bytes(Request("GET", path, RequestKind.READ, headers=(header,)), FIXED)


PLAIN = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\nX-A: b\r\n\r\nbody"
CHUNKED = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n"
    b"X-A: b\r\n\r\n1\r\nb\r\n3\r\nody\r\n0\r\n\r\n"
)


@given(st.sampled_from([PLAIN, CHUNKED]), st.data())
def test_an_answer_is_the_same_in_any_cut(raw: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    parser = AnswerParser()
    for _ in range(2):
        answers: list[Response] = []
        for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
            answer = parser.feed(raw[start:end])
            if answer is not None:
                answers.append(answer)
        (only,) = answers
        assert (only.status, only.body, only.header("x-a")) == (201, b"body", "b")
        assert parser.keeps_alive


def test_no_content_and_the_end_of_a_connection() -> None:
    parser = AnswerParser()
    answer = parser.feed(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    assert answer == Response(204, b"", (("connection", "close"),))
    assert not parser.keeps_alive


@pytest.mark.parametrize(
    "raw",
    [
        b"<html>",
        PLAIN + PLAIN,
        PLAIN + b"more",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 201 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (BODY_MAX + 1) + b"x" * (BODY_MAX + 1),
    ],
)
def test_what_is_no_answer_is_a_wire_error(raw: bytes) -> None:
    with pytest.raises(WireError, match="http answer"):
        AnswerParser().feed(raw)


@given(st.binary(max_size=200))
def test_junk_is_only_ever_a_wire_error(raw: bytes) -> None:
    with contextlib.suppress(WireError):
        AnswerParser().feed(raw)
