"""Turns an image into the list of what nobody may find in it: secrets of whoever built it, and the sources' history."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from bigflow.builder.image.tars import TarEntry, entries_in
from bigflow.containers.image import Image, Layer
from bigflow.containers.store import Store

_LARGEST = 4 << 20  # bytes of a file that is looked into
_FILES = re.compile(
    r"(?:.*/)?(?:\.netrc|_netrc|\.pypirc|\.git-credentials|\.docker/config\.json|\.dockercfg|\.aws/credentials"
    r"|\.env(?:\.[^/]*)?|application_default_credentials\.json|id_(?:rsa|dsa|ecdsa|ed25519))"
)
_SETTINGS = re.compile(r"(?:.*/)?(?:pip\.(?:conf|ini)|uv\.toml)")
_PASSWORD = re.compile(rb"://[^/\s:@]+:[^/\s@]+@")
_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")


def leaks(image: Image, ours: Iterable[Layer], store: Store, secrets: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong, a line each. Only layers that are named are looked through."""
    for name, value in secrets.items():
        if value in image.configuration:
            yield f"the settings of the image have the value of {name}"
    for entry in chain.from_iterable(entries_in(layer, store) for layer in ours):
        yield from _of_entry(entry, secrets)


def _of_entry(entry: TarEntry, secrets: Mapping[str, bytes]) -> Iterator[str]:
    path = f"/{entry.path}"
    if ".git" in entry.path.split("/"):
        yield f"{path} is of the sources' git repository"
    if not entry.info.isreg():
        return
    if _FILES.fullmatch(entry.path):
        yield f"{path} is a file for credentials"
    content = entry.content(_LARGEST)
    if _SETTINGS.fullmatch(entry.path) and _PASSWORD.search(content):
        yield f"{path} has a password in an address"
    if _KEY.search(content) or (b'"private_key"' in content and b'"service_account"' in content):
        yield f"{path} has a private key"
    for name, value in secrets.items():
        if value in content:
            yield f"{path} has the value of {name}"
