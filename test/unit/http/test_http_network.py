"""Which hosts are this machine, which are reached without a proxy, and how long a server may keep us waiting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigflow._http.again import retry_after
from bigflow._http.network import Proxies, is_loopback
from bigflow._http.patience import Cut, Pace, Patience
from bigflow.errors import OutsideError


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:5000", "[::1]", "::1", "a.localhost"]
)
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["r.example", "localhost.example", "10.0.0.1", "128.0.0.1:80", "127.example", "[::2]:1", "::2", ""]
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("none_for", "host", "through"),
    [
        ("", "a.example", True),
        ("*", "a.example", False),
        ("a.example", "a.example", False),
        (".example", "a.example", False),
        ("example", "a.example", False),
        ("b.example, A.example", "a.EXAMPLE", False),
        ("ample", "a.example", True),
        (" , ", "a.example", True),
        ("", "localhost", False),
        ("", "127.0.0.1", False),
        ("", "::1", False),
        ("", "169.254.169.254", False),
        ("", "Metadata.Google.Internal", False),
    ],
)
def test_hosts_that_are_reached_without_a_proxy(none_for: str, host: str, through: bool) -> None:
    proxies = Proxies(http="p", https="s", none_for=none_for)
    assert (proxies.of("https", host), proxies.of("http", host)) == (("s", "p") if through else ("", ""))


def test_the_password_of_a_proxy_is_not_shown() -> None:
    assert "hunter2" not in repr(Proxies("http://anna:hunter2@proxy", "http://anna:hunter2@proxy"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "-7"}, 0.0),
        ({"retry-after": "9" * 400}, 999_999_999.0),
        ({"retry-after": "soon", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:09 GMT"}, 0.0),  # by whose clock?
        ({"retry-after": "Fri, 20 Nov 2026 10:00:09 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 9.0),
        ({"retry-after": "Fri, 20 Nov 2026 09:00:00 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:09", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 0.0),
    ],
)
def test_the_pause_that_is_asked_for(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == seconds


@given(failed=st.integers(1, 60), asked_for=st.floats(0, 60))
def test_a_pause_is_as_long_as_is_asked_for_and_never_longer_than_we_have(failed: int, asked_for: float) -> None:
    slept: list[float] = []
    Patience(sleep=slept.append).rest(failed, asked_for)
    assert asked_for <= slept[0] <= 60
    assert slept[0] >= min(60, 0.5 * 2 ** (failed - 1)) / 2


def test_whoever_asks_for_too_long_a_pause_is_named() -> None:
    with pytest.raises(OutsideError, match=r"shop\.example is overloaded"):
        Patience(sleep=lambda _: pytest.fail("it slept")).rest(1, 61, "shop.example")


def test_a_trickle_is_cut_and_a_slow_stream_is_not() -> None:
    now = [0.0]
    pace = Pace("shop.example", Patience(silence=10, slowest=100, stopwatch=lambda: now[0]))
    for _ in range(100):
        now[0] += 1.0
        pace.moved(100)
    now[0] += 9.0
    pace.moved(1)
    now[0] += 2.0
    with pytest.raises(Cut, match=r"shop\.example moved 10001 bytes in 111 s"):
        pace.moved(0)
