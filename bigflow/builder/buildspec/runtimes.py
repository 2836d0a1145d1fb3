"""Turns `runtime-versions` into the folders of programs that have these versions, or into what is missing here."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bigflow._process import ProgramMissing, run
from bigflow.builder.buildspec.grammar import Buildspec
from bigflow.errors import Finding, InvalidProject

_TIMEOUT = 30.0
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_DISTRIBUTION = re.compile(r"^(?:corretto|openjdk|temurin)", re.IGNORECASE)  # java: corretto17


class Ways(NamedTuple):
    """How one language is found: a program that tells its version, and where managers of versions keep others."""

    program: str
    words: tuple[str, ...] = ("--version",)
    kept: tuple[tuple[str, str], ...] = ()  # (variable, folder below it or below the home), each with a * for versions


_WAYS: Mapping[str, Ways] = {
    "python": Ways("python3", kept=(("PYENV_ROOT", ".pyenv/versions"),)),
    "nodejs": Ways("node", kept=(("NVM_DIR", ".nvm/versions/node"),)),
    "ruby": Ways("ruby", kept=(("RBENV_ROOT", ".rbenv/versions"),)),
    "golang": Ways("go", ("version",)),
    "java": Ways("java", ("-version",)),
    "php": Ways("php"),
    "dotnet": Ways("dotnet"),
    "docker": Ways("docker"),
}


class Runtime(NamedTuple):
    """A language in a version, and where its programs are."""

    language: str
    version: str
    program: str


def find_runtimes(spec: Buildspec, environment: Mapping[str, str]) -> tuple[Runtime, ...]:
    """What the buildspec wants, as it is on this machine; InvalidProject with all that is not."""
    install = spec.phase("install")
    found: list[Runtime] = []
    findings: list[Finding] = []
    for language, version in install.runtimes:
        where = spec.where(install.line)
        if language not in _WAYS:
            hint = f"one of {', '.join(_WAYS)}"
            findings.append(Finding(f"runtime-versions: nothing is known here of {language!r}", where, hint))
            continue
        present = tuple(_present(language, version, environment))
        fitting = next((one for one in present if _fits(one.version, version)), None)
        if fitting is not None:
            found.append(fitting)
        else:
            findings.append(_missing(language, version, present, where))
    if findings:
        raise InvalidProject(findings)
    return tuple(found)


def _missing(language: str, version: str, present: tuple[Runtime, ...], where: str) -> Finding:
    versions = ", ".join(dict.fromkeys(one.version for one in present))
    told = f"there is {versions}" if versions else f"there is no {language} at all"
    hint = f"install {language} {version}, or write a version into runtime-versions that is here"
    return Finding(f"runtime-versions: {language} {version} is not on this machine; {told}", where, hint)


def _fits(version: str, wanted: str) -> bool:
    """`3.11` is fitted by 3.11.7 and not by 3.1; `18.x` and `18` by 18.2.0; `latest` by all."""
    wanted = _DISTRIBUTION.sub("", wanted)
    if wanted == "latest":
        return True
    parts = [part for part in wanted.split(".") if part not in ("x", "*")]
    return version.split(".")[: len(parts)] == parts


def _present(language: str, version: str, environment: Mapping[str, str]) -> Iterator[Runtime]:
    """Kept by a manager of versions, the newest first; then on PATH."""
    ways = _WAYS[language]
    for variable, folder in ways.kept:
        root = environment.get(variable)
        versions = os.path.join(root, *folder.split("/")[1:]) if root else _below_home(environment, folder)
        for name in sorted(_names(versions), key=_order, reverse=True):
            program = os.path.join(versions, name, "bin", ways.program)
            if os.access(program, os.X_OK):
                yield Runtime(language, name.removeprefix("v"), program)
    programs = (f"python{version}",) if language == "python" and _NUMBER.fullmatch(version) else ()
    for name in (*programs, ways.program):
        found = shutil.which(name, path=environment.get("PATH", os.defpath))
        told = _version(found, ways.words) if found else ""
        if found and told:
            yield Runtime(language, told, found)


def _version(program: str, words: tuple[str, ...]) -> str:
    try:
        completed = run((program, *words), timeout=_TIMEOUT)
    except ProgramMissing:
        return ""
    number = _NUMBER.search(completed.stdout + completed.stderr) if completed.ok else None
    return number[0] if number else ""


def _below_home(environment: Mapping[str, str], folder: str) -> str:
    return os.path.join(environment.get("HOME", "/nonexistent"), folder)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _order(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name))
