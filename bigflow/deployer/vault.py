"""Turns a vault's endpoint and our secret into access tokens of Google, asked for anew when one is refused."""

import json
import threading
import warnings
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bigflow._optional import need
from bigflow.containers.reference import is_loopback
from bigflow.errors import OutsideError, UsageError

_SECONDS = 20.0
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Vault:
    """Where tokens are had. `verify`: whether its certificate is checked, or a file of certificates to trust."""

    endpoint: str
    secret: str = field(repr=False)
    verify: bool | str = True


class VaultTokens:
    """Asks once, and again when what it got is refused; used from several threads."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._lock = threading.Lock()
        self._known = ""

    def token(self, refused: str | None = None) -> str:
        """A token; another one than the one that was refused."""
        with self._lock:
            if not self._known or refused == self._known:
                self._known = _asked(self._vault)
            return self._known

    def renewed(self) -> str:
        """For those who ask only when they have none, or theirs was refused."""
        with self._lock:
            self._known = _asked(self._vault)
            return self._known


def _asked(vault: Vault) -> str:
    host = urlsplit(vault.endpoint).hostname or ""
    status, body = _answer(vault, host)
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


def _answer(vault: Vault, host: str) -> tuple[int, bytes]:
    urllib3 = need("urllib3", "asking a vault")
    parts = urlsplit(vault.endpoint)
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError("vault_endpoint is no address", hint="such as https://vault.example.com/v1/gcp/token")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"the vault at {host} would be sent our secret without encryption", hint="https://...")
    if "\n" in vault.secret or "\r" in vault.secret:
        raise UsageError("vault_secret has a line break in it", hint="see how it got into the variable")
    checked = {"cert_reqs": "CERT_NONE"} if vault.verify is False else {"cert_reqs": "CERT_REQUIRED"}
    trusted = {"ca_certs": vault.verify} if isinstance(vault.verify, str) else {}
    retries = urllib3.Retry(_TRIES, redirect=0, backoff_factor=0.2, status_forcelist=(429, 502, 503, 504))
    try:
        with urllib3.PoolManager(**checked, **trusted) as pool, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whoever says that nothing is to be verified knows it
            answer = pool.request(
                "GET",
                vault.endpoint,
                headers={"X-Vault-Token": vault.secret, "User-Agent": "bigflow"},
                timeout=_SECONDS,
                retries=retries,
                redirect=False,
            )
            return int(answer.status), bytes(answer.data)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        why = type(getattr(error, "reason", None) or error).__name__
        raise OutsideError(
            f"the vault at {host} cannot be asked: {why}",
            hint="see vault_endpoint, the network, and vault_endpoint_verify (a file of certificates)",
        ) from None
