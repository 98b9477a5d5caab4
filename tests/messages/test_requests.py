"""Requests and responses: no secret in a repr, paths and headers as asked for."""

from arbees.messages.requests import Request, RequestKind, Response


def test_neither_headers_nor_bodies_are_shown() -> None:
    request = Request("POST", "/a?b=1", RequestKind.ORDER, b"secret-body", (("KEY", "secret-key"),))
    for text in (repr(request), str(request), f"{Response(200, b'secret-body')}"):
        assert "secret" not in text
    assert repr(request) == "Request(POST /a?b=1 order)"


def test_the_signed_path_has_no_query() -> None:
    assert Request("GET", "/a/b?c=d&e=?", RequestKind.READ).sign_path == "/a/b"
    assert Request("GET", "/a", RequestKind.READ).sign_path == "/a"


def test_headers_are_found_by_lower_case_name() -> None:
    answer = Response(429, b"", (("retry-after", "3"), ("retry-after", "4")))
    assert answer.header("retry-after") == "3"
    assert answer.header("date") is None
