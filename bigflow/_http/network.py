"""What a machine's owner says about the network, as values: whom to trust, and the way out."""

import ipaddress
import re
from dataclasses import dataclass, field

# The servers that tell a machine of a cloud who it is.
_NEVER_BY_PROXY = ("169.254.169.254", "metadata.google.internal")


def is_loopback(host: str) -> bool:
    """Whether the host (with or without port) is this machine: what goes there needs no TLS."""
    name = re.sub(r"(?<!:):[0-9]+$", "", host).strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Proxies:
    """The way out, as the usual variables have it: addresses, and the hosts that are reached without."""

    http: str = field(default="", repr=False)  # an address may have a password
    https: str = field(default="", repr=False)
    none_for: str = ""  # comma-separated: hosts, .domains or *

    def of(self, scheme: str, host: str) -> str:
        """The proxy for a host, or nothing."""
        host = host.lower()
        if host in _NEVER_BY_PROXY or is_loopback(host):
            return ""
        without = [name.strip().lstrip(".").lower() for name in self.none_for.split(",") if name.strip(" .")]
        if any(name in ("*", host) or host.endswith(f".{name}") for name in without):
            return ""
        return self.https if scheme == "https" else self.http


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: what the system trusts, and what `ca_file` has; or that alone; or, `insecure`, anybody."""

    ca_file: str = ""
    proxies: Proxies = Proxies()
    insecure: bool = False
    ca_file_only: bool = False


USUAL_TRUST = Trust()
