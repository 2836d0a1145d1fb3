"""Turns the table `[tool.bigflow.emr]` into typed settings, or into all that is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from bigflow.builder.emr.releases import DEFAULT, Release, release_of
from bigflow.builder.requirements.names import normal
from bigflow.builder.unknown import unknown
from bigflow.errors import Finding, InvalidProject
from bigflow.project.spec import ProjectSpec

KEYS = (
    "release",
    "python",
    "interpreter",
    "glibc",
    "platform",
    "entry_scripts",
    "dependencies",
    "provided",
    "jars",
    "maven",
)
JAR_KEYS = ("maven", "url", "path", "sha256")
DEPENDENCIES = ("auto", "zip", "environment")
PLATFORMS = ("linux/amd64", "linux/arm64")
ENTRY_SCRIPTS = ("entry_script/*.py",)
# What EMR has: the AWS SDK with what it needs, and Spark itself.
PROVIDED = ("boto3", "botocore", "jmespath", "py4j", "pyspark", "s3transfer")

Way: TypeAlias = Literal["auto", "zip", "environment"]
_PYTHON = re.compile(r"3\.[0-9]+", re.ASCII)
_GLIBC = re.compile(r"2\.[0-9]+", re.ASCII)
_ABSOLUTE = re.compile(r"/\S+")
_ADDRESS = re.compile(r"(?:https?|file)://\S+")
_COORDINATE = re.compile(r"[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+){2,3}", re.ASCII)
_EXACT = re.compile(r"(?!.*-SNAPSHOT$)(?!LATEST$|RELEASE$)[A-Za-z0-9_.-]+", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UNKNOWN = Release((), "")
_OLDEST = (3, 11)  # Pythons before it cannot run the framework


@dataclass(frozen=True, slots=True)
class Jar:
    """Where a jar is, in one of three ways, and which one it must be."""

    path: str = ""  # a file, a folder or a pattern of the project
    maven: str = ""  # group:artifact:version, and perhaps :classifier
    url: str = ""
    sha256: str = ""

    @property
    def said(self) -> str:
        """As people call it."""
        return self.path or self.maven or self.url


@dataclass(frozen=True, slots=True)
class EmrSettings:
    """What the project wants to run on EMR, and what that EMR has."""

    python: str  # "3.11"
    interpreter: str  # "/usr/bin/python3.11"
    glibc: str
    platform: str
    entry_scripts: tuple[str, ...] = ENTRY_SCRIPTS
    dependencies: Way = "auto"
    provided: tuple[str, ...] = PROVIDED  # packages that are not bundled
    jars: tuple[Jar, ...] = ()
    maven: str = ""  # the repository; empty: the variable BIGFLOW_MAVEN says it

    @property
    def has_framework(self) -> bool:
        """Whether this framework is in the bundle: what imports the project mostly imports it, too."""
        return tuple(int(part) for part in self.python.split(".")) >= _OLDEST

    @property
    def target(self) -> str:
        """For people."""
        return f"Python {self.python} on {self.platform} with glibc {self.glibc}"


def emr_settings(spec: ProjectSpec) -> EmrSettings | None:
    """The settings that the project says; None if it has no such table. InvalidProject with all that is wrong."""
    where = spec.where("emr")
    if not where:
        return None
    reading = _Reading(dict(spec.emr), where)
    release = reading.release()
    python = reading.python(release) or _python_of(release, spec.python)
    read = EmrSettings(
        python=python,
        interpreter=reading.shaped("interpreter", _ABSOLUTE, "its path on EMR") or f"/usr/bin/python{python}",
        glibc=reading.shaped("glibc", _GLIBC, 'for example glibc = "2.34"') or release.glibc,
        platform=reading.choice("platform", PLATFORMS),
        entry_scripts=reading.texts("entry_scripts", ENTRY_SCRIPTS),
        dependencies=cast(Way, reading.choice("dependencies", DEPENDENCIES)),
        provided=tuple(sorted({normal(name) for name in reading.texts("provided", PROVIDED)})),
        jars=tuple(reading.jars()),
        maven=reading.shaped("maven", _ADDRESS, "the address of a Maven repository: https://...") or "",
    )
    if reading.findings:
        raise InvalidProject(reading.findings)
    return read


def _python_of(release: Release, wanted: str | None) -> str:
    """The Python that the project is locked for, if EMR has it; else the newest that EMR has."""
    minor = ".".join((wanted or "").split(".")[:2])
    return minor if minor in release.pythons or not release.pythons else release.pythons[-1]


class _Reading:
    """One pass over the table: values come out, what is wrong is collected."""

    def __init__(self, table: dict[str, object], where: str) -> None:
        self._table = table
        self._where = where
        self.findings: list[Finding] = []
        self._known("emr", table, KEYS)

    def release(self) -> Release:
        name = self._table.get("release", DEFAULT)
        release = release_of(name) if isinstance(name, str) else None
        if release is None and not {"python", "glibc"} <= self._table.keys():
            hint = f'such as "{DEFAULT}"; of releases that are not known here say `python` and `glibc`, too'
            self._wrong(f"emr.release cannot be {name!r}", hint)
        return release or _UNKNOWN

    def python(self, release: Release) -> str | None:
        """What the table says, which EMR must have unless the table says where."""
        python = self.shaped("python", _PYTHON, 'for example python = "3.11"')
        if python and "interpreter" not in self._table and release.pythons and python not in release.pythons:
            name, offered = self._table.get("release", DEFAULT), " and ".join(release.pythons)
            hint = f"one of {offered}; if you put another one there, say where: interpreter = ..."
            self._wrong(f"emr.python is {python!r}, and {name} has {offered}", hint)
        return python

    def shaped(self, key: str, shape: re.Pattern[str], hint: str) -> str | None:
        value = self._table.get(key)
        if value is None or (isinstance(value, str) and shape.fullmatch(value)):
            return value
        self._wrong(f"emr.{key} cannot be {value!r}", hint)
        return None

    def choice(self, key: str, options: tuple[str, ...]) -> str:
        value = self._table.get(key, options[0])
        if value in options:
            return str(value)
        self._wrong(f"emr.{key} cannot be {value!r}", f"one of {', '.join(options)}")
        return options[0]

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        match self._table.get(key, list(default)):
            case [*texts] if all(isinstance(text, str) and text.strip() for text in texts):
                return tuple(str(text) for text in texts)
        self._wrong(f"emr.{key} must be a list of texts", f'{key} = ["{default[0]}"]')
        return default

    def jars(self) -> Iterator[Jar]:
        said = self._table.get("jars", [])
        if not isinstance(said, list):
            self._wrong("emr.jars must be a list", 'jars = ["jars/*.jar"]')
            return
        for one in said:
            jar = self._jar_of_text(one) if isinstance(one, str) else self._jar_of_table(one)
            if jar is not None:
                yield jar

    def _jar_of_text(self, text: str) -> Jar | None:
        if _ADDRESS.fullmatch(text):
            return Jar(url=text)
        if ":" in text:
            return self._checked(Jar(maven=text))
        return self._checked(Jar(path=text))

    def _jar_of_table(self, said: object) -> Jar | None:
        if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
            self._wrong(f"emr.jars cannot have {said!r}", 'a path, or { maven = "group:artifact:1.0", sha256 = "..." }')
            return None
        known = len(self.findings)
        self._known("emr.jars", said, JAR_KEYS)
        if len(self.findings) > known:
            return None
        if len(said.keys() - {"sha256"}) != 1:
            self._wrong(f"a jar of emr.jars has one of maven, url and path, not {', '.join(said) or 'none'}")
            return None
        return self._checked(Jar(**{key: str(value).strip() for key, value in said.items()}))

    def _checked(self, jar: Jar) -> Jar | None:
        parts = jar.maven.split(":")
        if jar.sha256 and not _SHA256.fullmatch(jar.sha256):
            self._wrong(f"the sha256 of the jar {jar.said} cannot be {jar.sha256!r}", "64 hex digits, small letters")
        elif jar.url and not _ADDRESS.fullmatch(jar.url):
            self._wrong(f"{jar.url!r} is no address of a jar", "https://...")
        elif jar.maven and not _COORDINATE.fullmatch(jar.maven):
            self._wrong(f"{jar.maven!r} is no Maven coordinate", "group:artifact:version")
        elif jar.maven and not _EXACT.fullmatch(parts[2]):
            self._wrong(f"the jar {jar.maven} has no exact version", "a version that is always the same file")
        elif not jar.said:
            self._wrong("a jar of emr.jars is empty", 'jars = ["jars/*.jar"]')
        else:
            return jar
        return None

    def _known(self, table: str, said: dict[str, object], keys: tuple[str, ...]) -> None:
        for message, hint in unknown(table, said, keys):
            self._wrong(message, hint)

    def _wrong(self, message: str, hint: str = "") -> None:
        self.findings.append(Finding(message, self._where, hint))
