"""Turns an image into the list of what nobody may find in it: secrets of whoever built it, and the sources' history."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from bigflow.builder.image.keys import has_private_key
from bigflow.builder.image.packaged import Packaged
from bigflow.builder.image.tars import entries_in
from bigflow.containers.image import Image, Layer
from bigflow.containers.store import Store

_LARGEST = 4 << 20  # bytes of a file that is looked into
_FILES = re.compile(
    r"(?:.*/)?(?:\.netrc|_netrc|\.pypirc|\.git-credentials|\.docker/config\.json|\.dockercfg|\.aws/credentials"
    r"|\.env(?:\.[^/]*)?|application_default_credentials\.json|id_(?:rsa|dsa|ecdsa|ed25519))"
)
_SETTINGS = re.compile(r"(?:.*/)?(?:pip\.(?:conf|ini)|uv\.toml)")
_PASSWORD = re.compile(rb"://[^/\s:@]+:[^/\s@]+@")


def leaks(
    image: Image, ours: Iterable[Layer], store: Store, secrets: Mapping[str, bytes], project: str
) -> Iterator[str]:
    """What is wrong, a line each. Only layers that are named are looked through."""
    for name, value in secrets.items():
        if value in image.configuration:
            yield f"the settings of the image have the value of {name}"
    packaged = Packaged(project)
    doubtful: list[tuple[str, str]] = []  # it is harmless if it came with a package
    for entry in chain.from_iterable(entries_in(layer, store) for layer in ours):
        if ".git" in entry.path.split("/"):
            yield f"/{entry.path} is of the sources' git repository"
        if entry.info.isreg():
            content = entry.content(_LARGEST)
            packaged.hear(entry.path, content)
            yield from (f"/{entry.path} {what}" for what in _of_owner(entry.path, content, secrets))
            doubtful += ((entry.path, what) for what in _of_anybody(entry.path, content))
    yield from (f"/{path} {what}" for path, what in doubtful if not packaged.has(path))


def _of_owner(path: str, content: bytes, secrets: Mapping[str, bytes]) -> Iterator[str]:
    if _SETTINGS.fullmatch(path) and _PASSWORD.search(content):
        yield "has a password in an address"
    for name, value in secrets.items():
        if value in content:
            yield f"has the value of {name}"


def _of_anybody(path: str, content: bytes) -> Iterator[str]:
    if _FILES.fullmatch(path):
        yield "is a file for credentials"
    if has_private_key(content):
        yield "has a private key"
