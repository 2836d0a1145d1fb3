"""Turns the text that names an image in a registry into its parts, and the parts into the text."""

import re
from dataclasses import dataclass, replace

from bigflow.containers.digest import checked_digest
from bigflow.errors import UsageError

DEFAULT_REGISTRY = "docker.io"  # where names without a registry live, as for every other tool
_OFFICIAL = "library"  # the folder of its images whose names have one part only
_LATEST = "latest"

_HOST = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
)
_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_HEX = re.compile(r"[0-9a-f]{64}")
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Reference:
    """An image in a registry, by tag, by digest, or both; the digest decides."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"

    @property
    def name(self) -> str:
        """The repository with its registry."""
        return f"{self.registry}/{self.repository}"

    @property
    def host(self) -> str:
        """The host, and port, that speaks for the registry."""
        return f"registry-1.{DEFAULT_REGISTRY}" if self.registry == DEFAULT_REGISTRY else self.registry

    @property
    def version(self) -> str:
        """What the registry is asked for."""
        return self.digest or self.tag

    def at(self, digest: str) -> "Reference":
        """The same image by digest, and by nothing else."""
        return replace(self, tag="", digest=checked_digest(digest))

    def tagged(self, tag: str) -> "Reference":
        """The same repository under another tag."""
        if not _TAG.fullmatch(tag):
            raise _unlike(f"{self.name}:{tag}", f"{tag!r} cannot be a tag", _tag_hint(tag))
        return replace(self, tag=tag, digest="")


def parse(text: str) -> Reference:
    """The image that a text names: `python:3.12-slim`, `localhost:5000/shop@sha256:...`."""
    before, at, digest = text.partition("@")
    name, tag = _split_tag(before)
    registry, path = _split_registry(name)
    if text != text.strip() or not name:
        raise _unlike(text, "it has spaces around it" if name.strip() else "it has no name")
    if "://" in text:
        raise _unlike(text, "a reference has no scheme", "write the registry's host first, without https://")
    _check_registry(text, registry)
    _check_path(text, path)
    if (tag or before.endswith(":")) and not _TAG.fullmatch(tag):
        raise _unlike(text, f"{tag!r} cannot be a tag", _tag_hint(tag))
    if at:
        try:
            checked_digest(digest)
        except UsageError as error:
            raise _unlike(text, error.message, error.hint) from None
    return Reference(registry, path, tag or ("" if digest else _LATEST), digest)


def _split_tag(text: str) -> tuple[str, str]:
    name, colon, tag = text.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (text, "")


def _split_registry(name: str) -> tuple[str, str]:
    """The first part is a registry if it could not be a folder of the default one."""
    first, slash, rest = name.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first or first != first.lower()):
        registry, path = first, rest
    else:
        registry, path = DEFAULT_REGISTRY, name
    if registry in (DEFAULT_REGISTRY, f"index.{DEFAULT_REGISTRY}"):
        return DEFAULT_REGISTRY, path if "/" in path else f"{_OFFICIAL}/{path}"
    return registry, path


def _check_registry(text: str, registry: str) -> None:
    port = registry.rpartition(":")[2] if re.search(r":[0-9]+$", registry) else "1"
    if not _HOST.fullmatch(registry) or not 0 < int(port) < 1 << 16:
        raise _unlike(text, f"{registry!r} cannot be a registry", "a registry is host or host:port")


def _check_path(text: str, path: str) -> None:
    if len(path) > _LONGEST:
        raise _unlike(text, f"its name is longer than {_LONGEST} characters")
    if _HEX.fullmatch(path.removeprefix(f"{_OFFICIAL}/")):
        raise _unlike(text, "64 hexadecimal figures are an image's id, not a name")
    for part in path.split("/"):
        if not _PART.fullmatch(part):
            lower = _PART.fullmatch(part.lower())
            hint = f"write it in small letters: {text.replace(part, part.lower())}" if lower and part else ""
            raise _unlike(text, f"{part!r} cannot be part of a name" if part else "its name has an empty part", hint)


def _tag_hint(tag: str) -> str:
    fitting = re.sub(r"[^A-Za-z0-9_.-]", "-", tag.lstrip(".-"))[:128]
    return f"a tag has letters, figures and _.-, for example {fitting}" if fitting else "a tag follows the colon"


def _unlike(text: str, why: str, hint: str = "") -> UsageError:
    return UsageError(
        f"{text[:300]!r} does not name an image: {why}", hint=hint or "such as registry.example/team/shop:1.0"
    )
