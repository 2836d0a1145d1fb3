"""Turns what a machine's owner says about the network into values: whom to trust, the way out, how long to wait."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proxies:
    """The way out, as the usual variables have it: addresses, and the hosts that are reached without."""

    http: str = ""
    https: str = ""
    none_for: str = ""  # comma-separated: hosts, .domains or *

    def of(self, scheme: str, host: str) -> str:
        """The proxy for a host, or nothing."""
        without = [name.strip().lstrip(".").lower() for name in self.none_for.split(",") if name.strip(" .")]
        if any(name in ("*", host.lower()) or host.lower().endswith(f".{name}") for name in without):
            return ""
        return self.https if scheme == "https" else self.http


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe. `ca_file` is trusted besides what the system trusts; `insecure` asks for no proof at all."""

    ca_file: str = ""
    insecure: bool = False
    proxies: Proxies = Proxies()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, and how often, a registry is waited for; in seconds. The clock is told, so that tests need not wait."""

    connect: float = 10.0
    silence: float = 120.0  # without a byte; a registry that stores a large layer is silent for long
    slowest: float = 4000.0  # bytes a second, on average: a slower one counts as broken
    tries: int = 6
    pause: float = 0.5  # before the second try; it doubles
    longest_pause: float = 60.0  # also of what a registry asks for; if it asks for more we give up
    sleep: Callable[[float], None] = time.sleep
    stopwatch: Callable[[], float] = time.monotonic


USUAL_TRUST = Trust()
USUAL_PATIENCE = Patience()
