"""Turns the jars that a project names into files of this machine, each of them surely the one that was meant."""

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator

from bigflow._files import sha256_of
from bigflow.builder.emr.download import download
from bigflow.builder.emr.settings import Jar
from bigflow.builder.step import StepFailed
from bigflow.builder.uv.scrub import scrubbed
from bigflow.errors import Finding, InvalidProject, OutsideError, UsageError

VARIABLE = "BIGFLOW_MAVEN"
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*\.jar", re.ASCII)


class Jars:
    """The jars of one project. What was downloaded once stays in the machine's cache, by its checksum."""

    def __init__(self, root: str, where: str, cache: str, maven: str, *, offline: bool) -> None:
        self._root = root
        self._where = where
        self._cache = os.path.join(cache, "jars")
        self._maven = maven
        self._offline = offline

    def files(self, jars: Iterable[Jar], tell: Callable[[str], None]) -> dict[str, str]:
        """name in the bundle -> file. Every jar is looked at before any is refused."""
        found: dict[str, str] = {}
        findings: list[Finding] = []
        for jar in jars:
            for name, path in self._of_one(jar, findings, tell):
                if found.setdefault(name, path) != path and sha256_of(found[name]) != sha256_of(path):
                    hint = "take one of them: Spark finds jars by the names of their files"
                    findings.append(Finding(f"two different jars are called {name}", self._where, hint))
        if findings:
            raise InvalidProject(findings)
        return dict(sorted(found.items()))

    def _of_one(self, jar: Jar, findings: list[Finding], tell: Callable[[str], None]) -> Iterator[tuple[str, str]]:
        try:
            for name, path in self._local(jar) if jar.path else [self._fetched(jar, tell)]:
                if not _FILE.fullmatch(name):
                    raise UsageError(f"{name!r} cannot be the name of a jar", where=self._where, hint="NAME.jar")
                yield name, path
        except (UsageError, StepFailed) as error:
            findings.extend(error.findings)

    def _local(self, jar: Jar) -> Iterator[tuple[str, str]]:
        """Of the project: a file, all jars of a folder, or a pattern."""
        inside = os.path.normpath(jar.path)
        if os.path.isabs(inside) or inside.split(os.sep)[0] == os.pardir:
            raise UsageError(
                f"the jar {jar.path} is not in the project", where=self._where, hint="a path in the project"
            )
        pattern = os.path.join(inside, "*.jar") if os.path.isdir(os.path.join(self._root, inside)) else inside
        paths = [os.path.join(self._root, match) for match in sorted(glob.glob(pattern, root_dir=self._root))]
        if not paths:
            raise UsageError(
                f"there is no jar {jar.path}", where=self._where, hint="a path of the project, or a folder"
            )
        if jar.sha256 and len(paths) > 1:
            raise UsageError(f"{jar.path} is {len(paths)} jars, and has one sha256", where=self._where)
        for path in paths:
            if jar.sha256:
                self._same(jar, sha256_of(path))
            yield os.path.basename(path), path

    def _fetched(self, jar: Jar, tell: Callable[[str], None]) -> tuple[str, str]:
        """From the cache if it was there before. Without a checksum it is only asked what that would be."""
        name = _file_of(jar)
        kept = os.path.join(self._cache, jar.sha256, name)
        if jar.sha256 and os.path.isfile(kept) and sha256_of(kept) == jar.sha256:
            return name, kept
        address = jar.url or f"{self._repository(jar)}/{_path_of(jar.maven)}"
        if self._offline:
            told = (
                f"the jar {scrubbed(jar.said)} is not on this machine, and this build was told not to use the network"
            )
            raise OutsideError(told, where=self._where, hint="leave out --offline once")
        tell(f"fetching {scrubbed(address)}")
        half = os.path.join(self._cache, f".{os.getpid()}-{name}")
        try:
            download(address, half, self._root)
            sha256 = sha256_of(half)
            self._pinned(jar, sha256)
            self._same(jar, sha256)
            os.makedirs(os.path.dirname(kept), exist_ok=True)
            os.replace(half, kept)
        finally:
            if os.path.exists(half):
                os.unlink(half)
        return name, kept

    def _repository(self, jar: Jar) -> str:
        if not self._maven:
            raise UsageError(
                f"no Maven repository is known to fetch {jar.maven} from",
                where=self._where,
                hint=f'its address: maven = "https://..." under [tool.bigflow.emr], or the variable {VARIABLE}',
            )
        return self._maven.rstrip("/")

    def _pinned(self, jar: Jar, sha256: str) -> None:
        if not jar.sha256:
            kind = "maven" if jar.maven else "url"
            raise UsageError(
                f"the jar {scrubbed(jar.said)} has no checksum: what the address holds tomorrow may be something else",
                where=self._where,
                hint=f'if you trust what it holds now: {{ {kind} = "{scrubbed(jar.said)}", sha256 = "{sha256}" }}',
            )

    def _same(self, jar: Jar, sha256: str) -> None:
        if sha256 != jar.sha256:
            raise StepFailed(
                f"the jar {scrubbed(jar.said)} is another one: its sha256 is {sha256}, and should be {jar.sha256}",
                where=self._where,
                hint="somebody has replaced it, or the checksum is that of another version",
            )


def _file_of(jar: Jar) -> str:
    if jar.url:
        return os.path.basename(jar.url.partition("?")[0].partition("#")[0])
    _, artifact, *rest = jar.maven.split(":")
    return f"{'-'.join((artifact, *rest))}.jar"


def _path_of(coordinate: str) -> str:
    group, artifact, version, *_ = coordinate.split(":")
    return f"{group.replace('.', '/')}/{artifact}/{version}/{_file_of(Jar(maven=coordinate))}"
