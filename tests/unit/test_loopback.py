from __future__ import annotations

import os
import socket
import urllib.request
from urllib.error import URLError

import pytest


def test_no_test_can_reach_another_machine() -> None:
    with pytest.raises(AssertionError), socket.socket() as outward:
        outward.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError):
        socket.getaddrinfo("example.com", 80)
    with pytest.raises(URLError):
        urllib.request.urlopen("http://example.com", timeout=5)


def test_a_process_that_a_test_starts_is_given_a_proxy_where_nobody_listens() -> None:
    assert os.environ["HTTPS_PROXY"] == "http://127.0.0.1:9"
