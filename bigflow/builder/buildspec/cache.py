"""Turns the files that `cache` names into a folder that the next build begins with, and back."""

import contextlib
import hashlib
import os
import shutil
from typing import NamedTuple

from bigflow._files import replace_folder, write_atomically
from bigflow.builder.buildspec.grammar import CacheSpec
from bigflow.builder.buildspec.patterns import Escapes, find_files, relative
from bigflow.builder.buildspec.site import Site

FOLDER = ".bigflow/buildspec-cache"
_KEPT = 5  # caches with a key; beyond, the oldest go
_HOMES = ("/root/", "~/", "$HOME/", "${HOME}/")  # what CodeBuild's home is called
_NO_KEY = "without a key"
_KEY = "key"


class Keys(NamedTuple):
    """`key` and `fallback-keys`, as the shell has evaluated them."""

    key: str = ""
    fallbacks: tuple[str, ...] = ()


class Restored(NamedTuple):
    """Which cache was restored; it is exactly the one that was asked for, or a similar one."""

    key: str
    exact: bool


def restore(root: str, site: Site, keys: Keys) -> Restored | None:
    """Put the files of an earlier build where they were; None when there are none."""
    kept = _kept(root)
    wanted = keys.key or _NO_KEY
    similar = (key for prefix in keys.fallbacks for key in reversed(kept) if key.startswith(prefix))
    found = wanted if wanted in kept else next(similar, None)
    if found is None:
        return None
    for name, place in _places(site):
        source = os.path.join(_slot(root, found), name)
        if os.path.isdir(source):
            shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
    return Restored(found if keys.key else "", found == wanted)


def save(root: str, site: Site, spec: CacheSpec, key: str) -> int:
    """Keep the files that are there now; gives their number. A cache that has a key is never changed."""
    slot = _slot(root, key or _NO_KEY)
    making = f"{slot}.new"
    shutil.rmtree(making, ignore_errors=True)
    count = 0
    for name, place in _places(site):
        patterns = [pattern for path in spec.paths if (pattern := _below(path, name, site)) is not None]
        for file in find_files(place, patterns, symlinks=True).files:
            target = os.path.join(making, name, file)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(place, file), target, follow_symlinks=False)
            count += 1
    if count:
        write_atomically(os.path.join(making, _KEY), key or _NO_KEY)
        replace_folder(making, slot)
        _make_room(root)
    return count


def strangers(spec: CacheSpec, site: Site) -> tuple[str, ...]:
    """Paths that lie neither in the home nor in the sources: they are the machine's, and not kept."""
    return tuple(path for path in spec.paths if all(_below(path, name, site) is None for name in ("home", "source")))


def _places(site: Site) -> tuple[tuple[str, str], ...]:
    """In place the sources keep their own files."""
    home = ("home", site.home)
    return (home,) if site.in_place else (home, ("source", site.source))


def _below(path: str, name: str, site: Site) -> str | None:
    """The path as a pattern below one of the places; None when it does not lie there."""
    home = next((prefix for prefix in (*_HOMES, f"{site.home}/") if path.startswith(prefix)), None)
    if (name == "home") != (home is not None):
        return None
    place = site.home if home else site.source
    try:
        return relative(path.removeprefix(home or ""), place)
    except Escapes:
        return None


def _slot(root: str, key: str) -> str:
    return os.path.join(root, FOLDER, hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16])


def _kept(root: str) -> list[str]:
    """The keys of the caches, the oldest first."""
    folder = os.path.join(root, FOLDER)
    found: list[tuple[float, str]] = []
    with contextlib.suppress(OSError):
        for slot in os.listdir(folder):
            path = os.path.join(folder, slot, _KEY)
            with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="surrogateescape") as file:
                key = file.read()
                if _slot(root, key) == os.path.join(folder, slot):
                    found.append((os.path.getmtime(path), key))
    return [key for _, key in sorted(found)]


def _make_room(root: str) -> None:
    with_key = [key for key in _kept(root) if key != _NO_KEY]
    for key in with_key[:-_KEPT]:
        shutil.rmtree(_slot(root, key), ignore_errors=True)
