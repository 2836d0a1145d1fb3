"""Turns a variant into a folder in which it is a project of its own: the tree's files, and its pyproject.toml."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import NamedTuple

from bigflow._files import locked, unwritable, write_atomically
from bigflow.errors import UsageError
from bigflow.project.layout import ALL_VARIANTS, LOCK, VARIANTS, read_bytes
from bigflow.project.variants import FILE, Variant, find_variant, read_variants, variant_files

LARGE = 100_000_000  # bytes: linked, for a disk need not hold them twice
_LAID = ".bigflow/laid.json"  # in the folder: what was put there, and so may be taken away again
_OUTPUTS = frozenset((".bigflow", ".dags", ".image", "build", "build_output", "dist"))  # at the root
_NOBODYS = frozenset((".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", "node_modules"))


class Laid(NamedTuple):
    """A variant in its folder."""

    variant: Variant
    tree: str  # the project that it is a variant of
    folder: str
    lock: str = ""  # relative to the folder; empty when there is none to be made
    names: tuple[tuple[str, str], ...] = ()  # of files that are called otherwise in the tree, and how


def lay_out(tree: str, name: str, waiting: Callable[[str], None]) -> Laid:
    """Bring the folder up to date with the tree, once no build is at work in it. What builds left there stays."""
    if name == ALL_VARIANTS:
        raise UsageError("--variant all is not for this command", hint="name one of them: --variant NAME")
    variant = find_variant(tree, name)
    folder = os.path.join(tree, VARIANTS, name)
    with locked(os.path.join(folder, LOCK), waiting):
        return _laid_out(tree, variant, folder)


def _laid_out(tree: str, variant: Variant, folder: str) -> Laid:
    try:
        if read_bytes(os.path.join(folder, FILE)) != variant.text:
            write_atomically(os.path.join(folder, FILE), variant.text)
        others = {FILE, *variant_files(tree).values()}
        wanted = {path: path for path in _files(tree) if path not in others}
        stem = os.path.splitext(_requirements_file(tree, folder))[0]
        _choose_requirements(wanted, stem, variant, tree)
        _fill(tree, folder, wanted)
    except OSError as error:
        raise unwritable(error.filename2 or error.filename or folder, error) from error
    names = [(path, source) for path, source in wanted.items() if path != source]
    if (f"{stem}.in", variant.source_of(f"{stem}.in")) in names:
        names.append((f"{stem}.txt", variant.source_of(f"{stem}.txt")))  # also where it is not made yet
    names.append((FILE, variant.file if variant.file != FILE else os.path.join(VARIANTS, variant.name, FILE)))
    return Laid(variant, tree, folder, f"{stem}.txt" if f"{stem}.in" in wanted else "", tuple(names))


def bring_back_lock(laid: Laid) -> str:
    """The lock is a source: one that was made in the folder goes to the tree, under the variant's name. Where it is."""
    if not laid.lock:
        return ""
    own = laid.variant.source_of(laid.lock)
    used = own if os.path.isfile(os.path.join(laid.tree, own)) else laid.lock
    made = read_bytes(os.path.join(laid.folder, laid.lock))
    if made and made != read_bytes(os.path.join(laid.tree, used)):
        write_atomically(os.path.join(laid.tree, own), made)
        return own
    return used


def _requirements_file(tree: str, folder: str) -> str:
    """As the variant names it. What else is in its spec needs files that may not be there yet."""
    from bigflow.project.answers import Answers
    from bigflow.project.pyproject import read_pyproject

    said = read_pyproject(read_bytes(os.path.join(folder, FILE)))
    answers = Answers((*said.tool.said, *said.legacy.said))
    return answers.path("project_requirements_file", tree) or "resources/requirements.txt"


def _choose_requirements(wanted: dict[str, str], stem: str, variant: Variant, tree: str) -> None:
    """The variant's own requirements take the place of those for all; those of other variants are not for it."""
    source, lock = f"{stem}.in", f"{stem}.txt"
    own_source, own_lock = variant.source_of(source), variant.source_of(lock)
    for other in read_variants(tree):
        if other.name != variant.name:
            wanted.pop(other.source_of(source), None)
            wanted.pop(other.source_of(lock), None)
    if own_source in wanted:
        wanted[source] = wanted.pop(own_source)
        wanted.pop(lock, None)  # it was made of other requirements
    if own_lock in wanted:
        wanted[lock] = wanted.pop(own_lock)


def _files(tree: str) -> Iterator[str]:
    """All that a build may read: not what builds, tools and environments left."""
    for parent, folders, names in os.walk(tree):
        inside = os.path.relpath(parent, tree)
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        folders[:] = [
            name
            for name in folders
            if name not in links
            and name not in _NOBODYS
            and not name.endswith(".egg-info")
            and not (inside == os.curdir and name in _OUTPUTS)
            and not os.path.isfile(os.path.join(parent, name, "pyvenv.cfg"))
        ]
        for name in (*names, *links):
            if not name.endswith((".pyc", ".pyo")) and _can_be_copied(os.path.join(parent, name)):
                yield os.path.normpath(os.path.join(inside, name))


def _can_be_copied(path: str) -> bool:
    """Not sockets and the like."""
    return os.path.islink(path) or os.path.isfile(path)


def _fill(tree: str, folder: str, wanted: dict[str, str]) -> None:
    laid = os.path.join(folder, _LAID)
    for path in _known(laid) - wanted.keys():
        _remove(os.path.join(folder, path))
    for path, source in wanted.items():
        bring(os.path.join(tree, source), os.path.join(folder, path))
    told = json.dumps(sorted(wanted))
    if read_bytes(laid) != told.encode():
        write_atomically(laid, told)


def bring(source: str, target: str, *, linked: bool = False) -> None:
    """Have the file there, too; by its size and time when it is there already. Links stay what they are."""
    stat = os.lstat(source)
    try:
        there = os.lstat(target)
    except OSError:
        os.makedirs(os.path.dirname(target), exist_ok=True)
    else:
        if (there.st_mode, there.st_size, there.st_mtime_ns) == (stat.st_mode, stat.st_size, stat.st_mtime_ns):
            return
        _remove(target)
    if (linked or stat.st_size > LARGE) and not os.path.islink(source):
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without links
            shutil.copy2(source, target)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _known(laid: str) -> set[str]:
    try:
        read = json.loads(read_bytes(laid) or b"[]")
    except ValueError:
        return set()
    return {path for path in read if isinstance(path, str)} if isinstance(read, list) else set()
