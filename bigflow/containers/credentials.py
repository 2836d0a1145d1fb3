"""Turns docker's config.json into a keychain: passwords in the file, and programs that know them."""

import binascii
import re
import threading
from base64 import b64decode
from typing import Literal

from bigflow._process import run
from bigflow.containers.auth import Keychain, Login, anonymous
from bigflow.containers.documents import Document, Malformed, parsed
from bigflow.containers.reference import DEFAULT_REGISTRY
from bigflow.errors import OutsideError, UsageError

# What docker calls the default registry here, since its first version.
_DEFAULT_NAMES = (
    f"https://index.{DEFAULT_REGISTRY}/v1/",
    f"index.{DEFAULT_REGISTRY}",
    f"registry-1.{DEFAULT_REGISTRY}",
)
_UNKNOWN = "credentials not found"
_IDENTITY = "<token>"  # the user name that says that the secret is an identity token
_HELPER_SECONDS = 60.0


def docker_keychain(path: str) -> Keychain:
    """The logins that `docker login` has made, or others for it. Without the file there are none."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return anonymous
    except OSError as error:
        raise UsageError(f"the logins of docker cannot be read: {error.strerror}", where=path) from None
    try:
        config = parsed(data or b"{}", "docker's configuration")
        helpers = dict(config.pairs("credHelpers"))
        return _DockerKeychain(path, config.part("auths"), helpers, config.text("credsStore", ""))
    except Malformed as error:
        raise UsageError(error.message, where=path, hint="mend the file, or log in anew: docker login") from None


class _DockerKeychain:
    """Asks a program once, and again when what it said is refused."""

    def __init__(self, path: str, auths: Document, helpers: dict[str, str], store: str) -> None:
        self._path = path
        self._auths = {_plain(name): name for name in auths.data}
        self._documents = auths
        self._helpers = {_plain(name): helper for name, helper in helpers.items()}
        self._store = store
        self._said: dict[str, Login | None] = {}
        self._lock = threading.Lock()

    def __call__(self, registry: str, refused: Login | None = None, /) -> Login | None:
        names = _names(registry)
        helper = next((self._helpers[_plain(name)] for name in names if _plain(name) in self._helpers), self._store)
        if not helper:
            return self._written(names)
        with self._lock:
            if registry not in self._said or (refused is not None and self._said[registry] == refused):
                told = _ask(helper, names[0])
                self._said[registry] = told if told is not None or helper != self._store else self._written(names)
            return self._said[registry]

    def _written(self, names: tuple[str, ...]) -> Login | None:
        for name in map(_plain, names):
            if name in self._auths:
                try:
                    return _login(self._documents.part(self._auths[name]))
                except (Malformed, binascii.Error, UnicodeDecodeError):
                    raise UsageError(
                        f"the login for {name} is damaged", where=self._path, hint=f"docker login {name}"
                    ) from None
        return None


def _login(told: Document) -> Login | None:
    user, secret = told.text("username", ""), told.text("password", "")
    if auth := told.text("auth", ""):
        user, colon, secret = b64decode(auth, validate=True).decode().partition(":")
        if not colon:
            raise Malformed("user and password are not separated")
    kinds: tuple[tuple[Literal["bearer", "identity"], str], ...] = (
        ("bearer", told.text("registrytoken", "")),
        ("identity", told.text("identitytoken", "")),
    )
    for kind, token in kinds:
        if token:
            return Login(user, token, kind)
    return Login(user, secret.rstrip("\0")) if user or secret else None


def _ask(helper: str, name: str) -> Login | None:
    """What docker-credential-HELPER says. What it writes is shown only where it cannot be a secret."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", helper):
        raise UsageError(f"{helper[:100]!r} cannot be the name of a credential helper")
    program = f"docker-credential-{helper}"
    done = run([program, "get"], input=name, timeout=_HELPER_SECONDS)
    if not done.ok:
        if _UNKNOWN in done.stdout or _UNKNOWN in done.stderr:
            return None
        why = f"it took more than {_HELPER_SECONDS:.0f} s" if done.timed_out else f"exit code {done.returncode}"
        raise OutsideError(
            f"{program} gives no login for {name}: {why}", hint=f"see what it says: echo {name} | {program} get"
        )
    try:
        told = parsed(done.stdout.encode("utf-8", "surrogateescape"), f"what {program} says")
        user, secret = told.text("Username", ""), told.text("Secret")
    except Malformed:
        raise OutsideError(f"{program} says something that is no login for {name}") from None
    return Login("", secret, "identity") if user == _IDENTITY else Login(user, secret)


def _names(registry: str) -> tuple[str, ...]:
    return (*_DEFAULT_NAMES, registry) if registry == DEFAULT_REGISTRY else (registry,)


def _plain(name: str) -> str:
    """A registry's name without the address that old versions of docker made of it."""
    return re.sub(r"^https?://", "", name).partition("/")[0]
