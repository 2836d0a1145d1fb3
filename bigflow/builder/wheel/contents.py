"""Turns a project's folders into the list of the files that its wheel holds, or into why some cannot be in it."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bigflow.errors import Finding, InvalidProject
from bigflow.project.generated_path import GENERATED
from bigflow.project.spec import ProjectSpec

LARGE = 100_000_000  # bytes: worth a word, for each image will carry it

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CODE = (".py", ".pyi")
_MARKER = "py.typed"
_CACHES = ("__pycache__",)
_COMPILED = (".pyc", ".pyo")


class Source(NamedTuple):
    """One file: its place in the wheel, and what it is on disk. Two that are equal have not changed in between."""

    target: str  # "shop/resources/report.sql"
    path: str  # relative to the project
    size: int
    modified: int  # nanoseconds
    executable: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What the wheel is made of. `links` are the folders, relative to the project, that links to folders lead to."""

    packages: tuple[str, ...]  # with their subpackages, in dots
    code: tuple[Source, ...]
    resources: tuple[Source, ...]
    data: tuple[Source, ...]  # of `data_files`; their targets are where an installation puts them
    generated: tuple[Source, ...] = ()  # code that lies apart from the sources
    links: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def all(self) -> tuple[Source, ...]:
        return (*self.code, *self.resources, *self.data, *self.generated)


def contents(root: str, spec: ProjectSpec, *, with_generated: bool = True) -> Contents:
    """What lies there now; InvalidProject with every file that cannot be packaged."""
    walk = _Walk(os.path.realpath(root), root)
    packages, code = _code(walk, spec)
    generated = tuple(_generated(walk)) if with_generated else ()
    resources = _resources(walk, spec)
    data = tuple(_data(walk, spec))
    _refuse_twins(walk, (*code, *generated, *resources))
    if walk.problems:
        raise InvalidProject(walk.problems)
    warnings = (*_left_out(walk, spec), *map(_large, (one for one in resources if one.size > LARGE)))
    places = {os.path.dirname(source.target).replace("/", ".") for source in generated if source.target.endswith(_CODE)}
    packages = tuple(sorted({*packages, *filter(None, places)}))
    return Contents(packages, code, resources, data, generated, tuple(sorted(walk.links)), warnings)


def readable(path: str) -> str:
    """A path that can be printed whatever its bytes are; installers refuse control characters as well."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class _Walk:
    """One look at the project's files; what is wrong with them is collected."""

    def __init__(self, real_root: str, root: str) -> None:
        self.root = root
        self.problems: list[Finding] = []
        self.links: set[str] = set()
        self.besides: list[str] = []  # files in packages that are no code
        self._real_root = real_root

    def files(self, folder: str, within: tuple[str, ...] = ()) -> Iterator[str]:
        """The paths of all files below, in the order of their names; links are followed as long as they stay inside."""
        real = os.path.realpath(os.path.join(self.root, folder))
        for name in self._names(folder):
            path = f"{folder}/{name}"
            if name in _CACHES or name.endswith(_COMPILED) or not self._sound(path, (*within, real)):
                continue
            if os.path.isdir(os.path.join(self.root, path)):
                yield from self.files(path, (*within, real))
            else:
                yield path

    def source(self, path: str, target: str) -> Source:
        stat = os.stat(os.path.join(self.root, path))
        return Source(target, path, stat.st_size, stat.st_mtime_ns, bool(stat.st_mode & 0o100))

    def refuse(self, path: str, reason: str, hint: str) -> None:
        self.problems.append(Finding(f"{readable(path)} cannot be packaged: {reason}", readable(path), hint))

    def _names(self, folder: str) -> list[str]:
        try:
            return sorted(os.listdir(os.path.join(self.root, folder)))
        except OSError as error:
            self.refuse(folder, f"it cannot be read ({error.strerror})", "see its rights")
            return []

    def _sound(self, path: str, within: tuple[str, ...]) -> bool:
        full = os.path.join(self.root, path)
        if readable(path) != path:
            self.refuse(path, "its name is not plain UTF-8 text", "give it a name that every machine can show")
        elif os.path.islink(full) and not self._leads_inside(path, full, within):
            pass
        elif not os.path.isdir(full) and not os.path.isfile(full):
            self.refuse(path, "it is neither a file nor a folder", "move it away")
        elif not os.access(full, os.R_OK):
            self.refuse(path, "it cannot be read", f"chmod u+r {path}")
        else:
            return True
        return False

    def _leads_inside(self, path: str, full: str, within: tuple[str, ...]) -> bool:
        real, said = os.path.realpath(full), readable(os.readlink(full))
        if not os.path.exists(real):
            self.refuse(path, f"it is a link to {said}, which is not there", "remove it, or repair it")
        elif os.path.commonpath((real, self._real_root)) != self._real_root:
            self.refuse(path, f"it is a link out of the project, to {said}", "put a copy in its place")
        elif any(f"{folder}/".startswith(f"{real}/") for folder in within):
            self.refuse(path, f"it is a link to {said}, in which it lies itself", "remove it")
        else:
            if os.path.isdir(real):
                self.links.add(os.path.relpath(real, self._real_root))
            return True
        return False


def _code(walk: _Walk, spec: ProjectSpec) -> tuple[tuple[str, ...], tuple[Source, ...]]:
    """The modules of the packages; a folder without an __init__.py is none."""
    packages: set[str] = set()
    found: dict[str, Source] = {}
    for package in dict.fromkeys((spec.package, *(spec.packages or ()))):
        folder = package.replace(".", "/")
        if not os.path.isfile(os.path.join(walk.root, folder, "__init__.py")):
            hint = "correct `packages`, or leave it out: the project's package is found by itself"
            message = f"there is no package {package!r}: {folder}/__init__.py is missing"
            walk.problems.append(Finding(message, spec.where("packages"), hint))
            continue
        for path in walk.files(folder):
            place, name = os.path.split(path)
            if not (name.endswith(_CODE) or name == _MARKER) or _gap(walk.root, place):
                walk.besides.append(path)
            else:
                packages.add(place.replace("/", "."))
                found[path] = walk.source(path, path)
    return tuple(sorted(packages)), tuple(found[path] for path in sorted(found))


def _generated(walk: _Walk) -> Iterator[Source]:
    """In the folder, each file has the place that it has in the wheel."""
    if os.path.isdir(os.path.join(walk.root, GENERATED)):
        for path in walk.files(GENERATED):
            yield walk.source(path, path.removeprefix(f"{GENERATED}/"))


def _gap(root: str, folder: str) -> str:
    """The `__init__.py` that is missing on the way down: Python would find a module without, but not setuptools."""
    parts = folder.split("/")
    ways = ("/".join((*parts[: count + 1], "__init__.py")) for count in range(len(parts)))
    return next((way for way in ways if not os.path.isfile(os.path.join(root, way))), "")


def _resources(walk: _Walk, spec: ProjectSpec) -> tuple[Source, ...]:
    folder = spec.resources_dir.replace(os.sep, "/")
    if not os.path.isdir(os.path.join(walk.root, folder)):
        return ()
    inside = f"{spec.package.replace('.', '/')}/resources"
    return tuple(walk.source(path, inside + path.removeprefix(folder)) for path in walk.files(folder))


def _data(walk: _Walk, spec: ProjectSpec) -> Iterator[Source]:
    for target, paths in spec.data_files:
        for path in (os.path.normpath(path).replace(os.sep, "/") for path in paths):
            full = os.path.join(walk.root, path)
            if os.path.isabs(path) or path.startswith("../"):
                walk.refuse(path, "`data_files` names a file outside of the project", "put a copy into the project")
            elif not os.path.isfile(full):
                walk.refuse(path, "`data_files` names it, and there is no such file", "correct `data_files`")
            else:
                yield walk.source(path, f"{target}/{os.path.basename(path)}")


def _refuse_twins(walk: _Walk, sources: tuple[Source, ...]) -> None:
    first: dict[str, Source] = {}
    for source in sources:
        twin = first.setdefault(source.target, source)
        if twin.path != source.path:
            walk.refuse(source.path, f"{twin.path} has its place in the wheel, {source.target}", "move one of them")


def _left_out(walk: _Walk, spec: ProjectSpec) -> Iterator[Finding]:
    """What one might think to be in the wheel, for it lies beside what is."""
    resources = f"{spec.resources_dir}/"
    besides = [path for path in walk.besides if not path.startswith(resources) and "/." not in path]
    modules = [path for path in besides if path.endswith(".py")]
    others = [path for path in besides if not path.endswith((".py", ".proto"))]  # what .proto files become is in it
    if modules:
        hint = f"touch {_gap(walk.root, os.path.dirname(modules[0]))}"
        yield Finding(f"not in the wheel, for they are in no package: {_some(modules)}", modules[0], hint)
    if others:
        hint = f"move them to {spec.resources_dir}/: of what is no Python, only that is packaged"
        yield Finding(f"not in the wheel, for they are no Python: {_some(others)}", others[0], hint)


def _large(source: Source) -> Finding:
    return Finding(
        f"{source.path} has {source.size / 1e6:,.0f} MB: the wheel, and each image, will carry it",
        source.path,
        "a bucket is the better place for large data",
    )


def _some(paths: list[str]) -> str:
    more = len(paths) - 3
    return ", ".join(paths[:3]) + (f" and {more} more" if more > 0 else "")
