"""Turns a scheme, a proxy and whom to trust into connections that are kept open."""

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from bigflow._http.network import Trust
from bigflow._optional import need
from bigflow.errors import UsageError

if TYPE_CHECKING:
    from urllib3 import PoolManager

CONNECTIONS = 32  # to one server, kept open: more than are used at once
PIECE = 1 << 18  # bytes that are moved at a time


def pool(scheme: str, proxy: str, trust: Trust) -> "PoolManager":
    """Connections to all servers of a scheme that are reached through this proxy, or through none."""
    need("urllib3", "talking to a server")
    import urllib3

    how: dict[str, object] = {"maxsize": CONNECTIONS, "blocksize": PIECE}
    if scheme == "https" or proxy.startswith("https"):
        how["ssl_context"] = _tls(trust)
    if proxy:
        return urllib3.ProxyManager(*_proxy(proxy), **how)  # type: ignore[arg-type]
    return urllib3.PoolManager(**how)  # type: ignore[arg-type]


def _tls(trust: Trust) -> ssl.SSLContext:
    import urllib3

    try:
        context = ssl.create_default_context(cafile=trust.ca_file if trust.ca_file_only else None)
        if trust.ca_file:
            context.load_verify_locations(trust.ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise UsageError(
            f"the certificates cannot be read: {error.strerror or error}",
            where=trust.ca_file,
            hint="the file has certificates in PEM format: -----BEGIN CERTIFICATE-----",
        ) from None
    if trust.insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # who asks for it knows
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _proxy(address: str) -> tuple[str, int, None, dict[str, str]]:
    """A proxy's address without its password, and the header that says it: the arguments of ProxyManager."""
    import urllib3

    parts = urlsplit(address if "://" in address else f"http://{address}")
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise UsageError(f"{parts.scheme}://{parts.hostname or ''} cannot be a proxy", hint="such as http://proxy:3128")
    _, _, place = parts.netloc.rpartition("@")
    login = f"{parts.username}:{parts.password or ''}" if parts.username else ""
    headers = urllib3.make_headers(proxy_basic_auth=login) if login else {}
    return urlunsplit((parts.scheme, place, "", "", "")), 4, None, dict(headers)
