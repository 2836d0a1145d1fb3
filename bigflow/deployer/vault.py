"""Turns a vault's endpoint and our secret into access tokens of Google, asked for anew when one is refused."""

import json
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bigflow._http.again import patiently
from bigflow._http.network import Proxies, Trust, is_loopback
from bigflow._http.patience import Patience
from bigflow._http.transport import Request, Transport
from bigflow.errors import OutsideError, UsageError

_PATIENCE = Patience(connect=20.0, silence=20.0, tries=4, pause=0.2, longest_pause=20.0)
_LONGEST_ANSWER = 1 << 20
_NO_PROXIES = Proxies()


@dataclass(frozen=True, slots=True)
class Vault:
    """Where tokens are had. `verify`: whether its certificate is checked, or a file of certificates to trust."""

    endpoint: str
    secret: str = field(repr=False)
    verify: bool | str = True


class VaultTokens:
    """Asks once, and again when what it got is refused; used from several threads."""

    def __init__(self, vault: Vault, proxies: Proxies = _NO_PROXIES) -> None:
        self._vault = vault
        self._proxies = proxies
        self._lock = threading.Lock()
        self._known = ""

    def token(self, refused: str | None = None) -> str:
        """A token; another one than the one that was refused."""
        with self._lock:
            if not self._known or refused == self._known:
                self._known = _asked(self._vault, self._proxies)
            return self._known

    def renewed(self) -> str:
        """For those who ask only when they have none, or theirs was refused."""
        with self._lock:
            self._known = _asked(self._vault, self._proxies)
            return self._known


def _asked(vault: Vault, proxies: Proxies) -> str:
    host = urlsplit(vault.endpoint).hostname or ""
    status, body = _answer(vault, host, proxies)
    if status in (401, 403):
        raise OutsideError(f"the vault at {host} does not take our secret (HTTP {status})", hint="see vault_secret")
    if status != 200:
        raise OutsideError(f"the vault at {host} answers with HTTP {status}", hint="see vault_endpoint")
    try:
        token = json.loads(body)["data"]["token"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token.strip():
        raise OutsideError(f"the vault at {host} gives no token: there is no data.token", hint="see vault_endpoint")
    return token.strip()


def _answer(vault: Vault, host: str, proxies: Proxies) -> tuple[int, bytes]:
    parts = urlsplit(vault.endpoint)
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError("vault_endpoint is no address", hint="such as https://vault.example.com/v1/gcp/token")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"the vault at {host} would be sent our secret without encryption", hint="https://...")
    if "\n" in vault.secret or "\r" in vault.secret:
        raise UsageError("vault_secret has a line break in it", hint="see how it got into the variable")
    certificates = vault.verify if isinstance(vault.verify, str) else ""
    trust = Trust(certificates, proxies, insecure=vault.verify is False, ca_file_only=bool(certificates))
    transport = Transport(trust, _PATIENCE)
    request = Request("GET", vault.endpoint, {"X-Vault-Token": vault.secret})
    try:
        answer = patiently(lambda: transport.send(request), _PATIENCE, f"the vault at {host}")
        return answer.status, answer.read_all(_LONGEST_ANSWER)
    except OutsideError as error:
        raise OutsideError(
            f"the vault at {host} cannot be asked: {error.message}",
            hint="see vault_endpoint, the network, and vault_endpoint_verify (a file of certificates)",
        ) from None
