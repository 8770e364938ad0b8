"""A head that two readers could read differently is doubted; what browsers and programs send is not."""

from __future__ import annotations

import pytest

from server.listening.heads import doubt_of

HOST = b"Host: queue.example.go.th\r\n"


@pytest.mark.parametrize(
    ("lines", "doubt"),
    [
        ([HOST, b"Content-Length: 0\r\n", b"content-length: 5\r\n"], "content-length_twice"),
        ([HOST, b"Content-Length : 5\r\n"], "malformed_field"),
        ([HOST, b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"], "two_lengths"),
        ([HOST, b"Content-Length: +5\r\n"], "length_unreadable"),
        ([HOST, b"Content-Length: 5_0\r\n"], "length_unreadable"),
        ([HOST, b"Content-Length: 5, 5\r\n"], "length_unreadable"),
        ([HOST, b"Content-Length: \xb2\r\n"], "length_unreadable"),
        ([HOST, b"Transfer-Encoding: xchunked\r\n"], "coding_unknown"),
        ([HOST, b"Transfer-Encoding: gzip, chunked\r\n"], "coding_unknown"),
        ([HOST, b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n"], "transfer-encoding_twice"),
        ([HOST, b"X: a\r\n", b" folded\r\n"], "malformed_field"),
        ([HOST, b"X: a\rContent-Length: 5\r\n"], "malformed_field"),
        ([HOST, b"X: a\x00b\r\n"], "malformed_field"),
        ([HOST, b"no colon\r\n"], "malformed_field"),
        ([HOST, b": nothing\r\n"], "malformed_field"),
        ([HOST, HOST], "host_twice"),
        ([b"X: a\r\n"], "host_missing"),
    ],
    ids=repr,
)
def test_a_head_that_could_be_read_in_two_ways_is_doubted(lines: list[bytes], doubt: str) -> None:
    assert doubt_of(lines, version="HTTP/1.1") == doubt


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        ([HOST, b"Content-Length: 5\r\n", b"Cookie: a=b; c=d\r\n", b"Accept:\r\n"], "HTTP/1.1"),
        ([HOST, b"Transfer-Encoding: Chunked\r\n"], "HTTP/1.1"),
        ([HOST, b"X-Name: \xe0\xb8\x81\t\xe0\xb8\x82\r\n", b"Sec-CH-UA: \"a\";v=\"1\"\r\n"], "HTTP/1.1"),
        ([b"Connection: close\r\n"], "HTTP/1.0"),
        ([HOST, b"A: b\n"], "HTTP/1.1"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_browsers_and_programs_send_is_not(lines: list[bytes], version: str) -> None:
    assert doubt_of(lines, version=version) is None
