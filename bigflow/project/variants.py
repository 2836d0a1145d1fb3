"""Turns a project's files into its variants: each with a name, and the pyproject.toml that it has instead."""

import glob
import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from bigflow.errors import Finding, InvalidProject, UsageError, nearest
from bigflow.project.layout import ALL_VARIANTS, read_bytes, speaks_of_a_project

FILE = "pyproject.toml"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*", re.ASCII)  # becomes a part of versions, tags and paths
_FILES = re.compile(r"pyproject\.(.+)\.toml", re.DOTALL)
_BESIDE = ("project", "tool", "build-system", "dependency-groups")  # tables of their own; the rest is of [tool.bigflow]
_SPELLING = "small letters and digits, with - between words that begin with a letter: binary, cpu-only"


class Variant(NamedTuple):
    """One variant. `text` is all of its pyproject.toml."""

    name: str
    file: str  # that says it
    text: bytes

    def marked(self, version: str) -> str:
        """The version of what is built of this variant: PEP 440's local part carries the name."""
        return f"{version}{'.' if '+' in version else '+'}{self.name.replace('-', '.')}"

    def unmarked(self, version: str) -> str:
        """That version again."""
        return version.removesuffix(self.name.replace("-", ".")).rstrip("+.")

    def source_of(self, path: str) -> str:
        """A file of the variant's own, where the project has one for all: `a/b.txt` -> `a/b.binary.txt`."""
        stem, extension = os.path.splitext(path)
        return f"{stem}.{self.name}{extension}"


def variant_files(root: str) -> dict[str, str]:
    """Name -> file, for each `pyproject.NAME.toml` that is about a project."""
    found = {}
    for file in sorted(glob.glob("pyproject.*.toml", root_dir=root)):
        name = _FILES.fullmatch(file)
        if name and speaks_of_a_project(read_bytes(os.path.join(root, file))):
            found[name[1]] = file
    return found


def find_variant(root: str, name: str) -> Variant:
    """The variant of this name; UsageError when there is none, InvalidProject with all that is wrong with any."""
    variants = read_variants(root)
    for variant in variants:
        if variant.name == name:
            return variant
    known = [variant.name for variant in variants]
    if not known:
        raise UsageError(
            f"there is no variant {name!r}: the project has none",
            hint=f"write pyproject.{name}.toml, or [tool.bigflow.variants.{name}] with what differs",
        )
    meant = nearest(name, known)
    message = f"there is no variant {name!r}" + (f"; did you mean {meant!r}?" if meant else "")
    raise UsageError(message, hint=f"variants: {', '.join(known)}")


def read_variants(root: str) -> tuple[Variant, ...]:
    """All variants, by their names; InvalidProject with all that is wrong with them."""
    reading = _Reading(root)
    variants = tuple(reading.variants())
    if reading.findings:
        raise InvalidProject(reading.findings)
    return variants


class _Reading:
    """One look at the files; what is wrong is collected."""

    def __init__(self, root: str) -> None:
        self.findings: list[Finding] = []
        self._root = root
        self._files = variant_files(root)
        self._base = self._document(FILE)
        self._tables = self._said_tables()

    def variants(self) -> Iterator[Variant]:
        names: dict[str, str] = {}  # of projects -> the file that says it
        if self._base:
            names.setdefault(_project_name(self._base), FILE)
        for name in sorted({*self._files, *self._tables}):
            file = self._files.get(name, FILE)
            if not self._is_right(name, file):
                continue
            document = self._of(name, ())
            names.setdefault(_project_name(document), file)
            if name in self._tables:
                from bigflow.project.toml_text import toml_text  # late: most variants are files

                yield Variant(name, file, toml_text(document).encode())
            else:
                yield Variant(name, file, read_bytes(os.path.join(self._root, file)))
        self._agree({name: file for name, file in names.items() if name})

    def _is_right(self, name: str, file: str) -> bool:
        if name == ALL_VARIANTS:
            self._wrong("a variant cannot be called 'all': --variant all builds each of them", file)
        elif not _NAME.fullmatch(name):
            self._wrong(f"a variant cannot be called {name!r}", file, _SPELLING)
        elif name in self._files and name in self._tables:
            message = f"the variant {name!r} is said twice: in {file}, and in [tool.bigflow.variants.{name}]"
            self._wrong(message, FILE, "take one of them away")
        else:
            return True
        return False

    def _of(self, name: str, below: tuple[str, ...]) -> dict[str, object]:
        """The document of a variant; `below` are those that inherit from it."""
        if name in self._files:
            return self._document(self._files[name])
        table = dict(self._tables[name])
        other = table.pop("inherit", None)
        where = f"[tool.bigflow.variants.{name}] in {FILE}"
        if other is None:
            inherited = self._base
        elif other in (name, *below):
            circle = " -> ".join((*reversed(below), name, str(other)))
            self._wrong(f"variants inherit from each other: {circle}", where, "one of them must stand alone")
            inherited = self._base
        elif isinstance(other, str) and (other in self._files or other in self._tables):
            inherited = self._of(other, (name, *below))
        else:
            known = sorted({*self._files, *self._tables} - {name})
            meant = nearest(str(other), known)
            hint = f"did you mean {meant!r}?" if meant else f"variants: {', '.join(known) or 'no other'}"
            self._wrong(f"the variant {name!r} inherits from {other!r}, which is none", where, hint)
            inherited = self._base
        return _merged(inherited, self._differences(table, where))

    def _differences(self, table: dict[str, object], where: str) -> dict[str, object]:
        """The table of a variant as a part of a pyproject.toml."""
        indexes = table.pop("indexes", None)
        beside = {key: table.pop(key) for key in _BESIDE if key in table}
        found: dict[str, object] = _merged(beside, {"tool": {"bigflow": table}})
        if indexes is None:
            return found
        if not isinstance(indexes, list) or not indexes or not all(isinstance(one, str) for one in indexes):
            self._wrong("`indexes` must be a list of addresses, the default one first", where)
            return found
        listed = [{"url": url, "default": True} if url == indexes[0] else {"url": url} for url in indexes]
        return _merged(found, {"tool": {"uv": {"index": listed}}})

    def _said_tables(self) -> dict[str, dict[str, object]]:
        """[tool.bigflow.variants.*], which is taken out of the document."""
        tool = self._base.get("tool")
        ours = tool.get("bigflow") if isinstance(tool, dict) else None
        tables = ours.pop("variants", {}) if isinstance(ours, dict) else {}
        if isinstance(tables, dict) and all(isinstance(table, dict) for table in tables.values()):
            return cast("dict[str, dict[str, object]]", tables)
        self._wrong("`variants` must be tables", FILE, "[tool.bigflow.variants.NAME], with what differs")
        return {}

    def _document(self, file: str) -> dict[str, object]:
        import tomllib  # late: nobody needs it who has not asked for a variant

        try:
            return tomllib.loads(read_bytes(os.path.join(self._root, file)).decode("utf-8-sig").replace("\r\n", "\n"))
        except ValueError as error:
            self._wrong(f"not valid TOML: {error}", file)
            return {}

    def _agree(self, names: dict[str, str]) -> None:
        """They are variants of one project, and its artifacts are known by its name."""
        if len(names) > 1:
            told = ", ".join(f"{name!r} in {file}" for name, file in sorted(names.items(), key=lambda one: one[1]))
            self._wrong(f"the variants do not agree about the project's name: {told}", hint="give all of them one name")

    def _wrong(self, message: str, where: str = "", hint: str = "") -> None:
        finding = Finding(message, where, hint)
        if finding not in self.findings:
            self.findings.append(finding)


def _merged(under: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """Tables are merged, key by key; anything else is replaced."""
    merged = dict(under)
    for key, value in over.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[key] = (
            _merged(cast("Mapping[str, object]", before), cast("Mapping[str, object]", value)) if both else value
        )
    return merged


def _project_name(document: Mapping[str, object]) -> str:
    """As our table says it, else the standard one; empty when neither does: a setup file says it, for all."""
    tool = document.get("tool")
    ours = tool.get("bigflow") if isinstance(tool, Mapping) else None
    for table in (ours, document.get("project")):
        name = table.get("name") if isinstance(table, Mapping) else None
        if isinstance(name, str) and name:
            return re.sub(r"[-_.]+", "-", name).lower()
    return ""
