"""What a caller says about how to reach a store: as whom, which way, and how patiently."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Anonymous:
    """As nobody: public buckets, emulators."""


@dataclass(frozen=True, slots=True)
class Token:
    """With a Google access token from elsewhere, such as a vault. It is asked for anew when one is refused."""

    source: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Google:
    """With application default credentials, or those of a file; then, if asked to, as another service account."""

    key_file: str = ""
    impersonate: str = ""


@dataclass(frozen=True, slots=True)
class AmazonKeys:
    """Keys that the caller has."""

    key_id: str
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Amazon:
    """With what AWS's own chain finds (variables, profile, SSO, role of the machine), or with given keys."""

    profile: str = ""
    region: str = ""
    keys: AmazonKeys | None = None


Who: TypeAlias = Anonymous | Token | Google | Amazon


@dataclass(frozen=True, slots=True)
class Proxies:
    """The way out, as the usual variables have it: addresses, and the hosts that are reached without."""

    http: str = field(default="", repr=False)  # an address may have a password
    https: str = field(default="", repr=False)
    none_for: str = ""  # comma-separated: hosts, .domains or *

    def of(self, scheme: str, host: str) -> str:
        """The proxy for a host, or nothing."""
        from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

        if host in _NEVER_BY_PROXY or proxy_bypass_environment(host, {"no": self.none_for}):
            return ""
        return self.https if scheme == "https" else self.http


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe. `ca_file` is trusted besides what the system trusts."""

    ca_file: str = ""
    proxies: Proxies = Proxies()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, and how often, a store is waited for; in seconds. The clock is told, so that tests need not wait."""

    connect: float = 10.0
    silence: float = 60.0  # without a byte
    slowest: float = 4000.0  # bytes a second, on average: a slower connection counts as broken
    tries: int = 6
    pause: float = 0.3  # before the second try; it doubles
    longest_pause: float = 20.0
    sleep: Callable[[float], None] = time.sleep
    stopwatch: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Access:
    """How a store is reached. Everything has a default: the cloud itself, as whoever its own chain says we are."""

    who: Who | None = None
    endpoint: str = ""  # another server than the cloud's, such as http://localhost:9000
    trust: Trust = Trust()
    patience: Patience = Patience()


# This very machine, and the servers that tell a machine of a cloud who it is.
_NEVER_BY_PROXY = ("localhost", "127.0.0.1", "::1", "169.254.169.254", "metadata.google.internal")
