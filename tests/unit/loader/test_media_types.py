from __future__ import annotations

import pytest

from goflow.loader.media_types import media_type_of


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("a", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a", b"GIF89a", "image/gif"),
        ("a", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("a", b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        ("a.bin", b"RIFF\x00\x00\x00\x00AVI ", "application/octet-stream"),
        ("a", b"%PDF-1.7", "application/pdf"),
        ("a", b"ID3\x04", "audio/mpeg"),
        ("a", b"\xff\xfb\x90", "audio/mpeg"),
        ("a", b"\xff\xfea\x00", "application/octet-stream"),
        ("a.png", b"no picture", "text/plain"),
        ("a.PNG", b"\xff", "application/octet-stream"),
        ("a.csv", b"a,b", "text/csv"),
        ("a.CSV", "ä".encode("latin-1"), "application/octet-stream"),
        ("a.json", b"{}", "application/json"),
        ("a.docx", b"PK", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a", "grüße".encode(), "text/plain"),
        ("a", b"", "text/plain"),
        ("a", b"a\x00b", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_content_and_then_its_name_say(name: str, content: bytes, expected: str) -> None:
    assert media_type_of(name, content) == expected
