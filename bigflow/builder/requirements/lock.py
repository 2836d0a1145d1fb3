"""Turns the text of a requirements.txt into the packages that it names."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bigflow.builder.requirements.lines import logical_lines
from bigflow.builder.requirements.names import FRAMEWORKS, extras_of, name_of, normal
from bigflow.errors import UsageError

_VERSION = re.compile(r"\s*={2,3}\s*([^\s;,*]+)\s*$")
_HASH = re.compile(r"\s--hash[=\s]([a-z0-9]+:[0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Package:
    """One package of a lock. Names are in their normal form."""

    name: str
    version: str  # empty when the line does not name exactly one
    extras: tuple[str, ...] = ()
    marker: str = ""  # "sys_platform == 'win32'"
    hashes: tuple[str, ...] = ()  # "sha256:..."
    url: str = ""
    wanted_by: tuple[str, ...] = ()  # packages, as the lock's annotations say
    direct: bool = True  # the project itself asks for it


@dataclass(frozen=True, slots=True)
class Lock:
    """All packages of a lock, by name. The framework is none of them: a build brings it."""

    packages: tuple[Package, ...] = ()

    def __iter__(self) -> Iterator[Package]:
        return iter(self.packages)

    def __len__(self) -> int:
        return len({package.name for package in self.packages})


def locked(path: str) -> Lock:
    """The lock in this file, and in the files that it includes; an empty one when there is no such file."""
    found = [package for package in _packages(path, ()) if package.name not in FRAMEWORKS]
    return Lock(tuple(sorted(found, key=lambda one: (one.name, one.version, one.marker, one.url))))


def changes(before: Lock, after: Lock) -> tuple[str, ...]:
    """What differs, a line a package: `+ new 1.0`, `- gone 2.0`, `other 1.0 -> 1.1`."""
    old, new = _versions(before), _versions(after)
    lines = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            lines.append(f"+ {name} {new[name]}")
        elif name not in new:
            lines.append(f"- {name} {old[name]}")
        elif old[name] != new[name]:
            lines.append(f"{name} {old[name]} -> {new[name]}")
    return tuple(lines)


def _versions(lock: Lock) -> dict[str, str]:
    """A name has several versions when they are for different platforms or Pythons."""
    found: dict[str, list[str]] = {}
    for package in lock.packages:
        found.setdefault(package.name, []).append(package.version or package.url or "any")
    return {name: " | ".join(dict.fromkeys(versions)) for name, versions in found.items()}


def text_of(path: str) -> str:
    """The text of a lock; empty when there is none."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text", where=path, hint=f"save {path} as UTF-8") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", where=path) from None


def _packages(path: str, above: tuple[str, ...]) -> Iterator[Package]:
    for line in logical_lines(text_of(path)):
        if line.included:
            other = os.path.normpath(os.path.join(os.path.dirname(path), line.included[0]))
            if not line.included[1] and other not in (path, *above):
                yield from _packages(other, (path, *above))
        elif package := _package(line.text, line.below):
            yield package


def _package(line: str, annotation: tuple[str, ...]) -> Package | None:
    requirement = _HASH.sub("", f" {line}").strip()
    name = name_of(requirement)
    if not name:
        return None
    bare, _, marker = requirement.partition(" ;") if " ;" in requirement else requirement.partition(";")
    text, at, url = bare.partition("@")
    version = _VERSION.search(bare) if not at else None
    wanted_by = _wanted_by(annotation)
    return Package(
        name=name,
        version=version[1] if version else "",
        extras=extras_of(text),
        marker=marker.strip(),
        hashes=tuple(sorted(_HASH.findall(f" {line}"))),
        url=url.strip(),
        wanted_by=tuple(sorted({normal(one) for one in wanted_by if not one.startswith("-")})),
        direct=not wanted_by or any(one.startswith(("-r", "--r")) for one in wanted_by),
    )


def _wanted_by(annotation: tuple[str, ...]) -> tuple[str, ...]:
    """Of `via a` or of `via`, `a`, `-r requirements.in`, a line each: a, -r requirements.in."""
    if not annotation or not re.match(r"via\b", annotation[0]):
        return ()
    words = ", ".join((annotation[0].removeprefix("via").strip(), *annotation[1:])).split(",")
    return tuple(word.strip() for word in words if word.strip())
