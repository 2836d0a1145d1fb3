"""Turns a path inside a root file system into the place on disk, following links as a process in there would."""

import os

from bigflow.containers.documents import Malformed

_MOST_LINKS = 40


def inside(root: str, path: str, *, last: bool = True) -> str:
    """Where `path` lies. Links, absolute ones too, and `..` lead to places under the root, never out of it.

    What does not exist is where it would be. With `last=False` a link at the very end is not followed.
    """
    waiting = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    found: list[str] = []
    links = 0
    while waiting:
        part = waiting.pop()
        if part == "..":
            del found[-1:]
            continue
        here = os.path.join(root, *found, part)
        target = _target(here) if waiting or last else ""
        if not target:
            found.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise Malformed(f"{path}: its links lead round and round", where=root)
        if target.startswith("/"):
            found.clear()
        waiting.extend(part for part in reversed(target.split("/")) if part not in ("", "."))
    return os.path.join(root, *found)


def _target(path: str) -> str:
    """Where the link leads; nothing if it is none."""
    try:
        return os.readlink(path)
    except OSError:
        return ""
