"""Turns a project's files into one value that says what the project is."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from bigflow.errors import Finding, InvalidProject
from bigflow.project import pep440
from bigflow.project.answers import Answers, Pairs
from bigflow.project.declared import KEYS, METAINFO, METAINFO_TEXTS, Declared, Said, unknown
from bigflow.project.layout import read_bytes
from bigflow.project.package import find_package, is_package, missing, packages
from bigflow.project.pyproject import Pyproject, read_pyproject
from bigflow.project.setup_file import SetupFile, read_setup_file
from bigflow.workflow.edition import EDITIONS, LATEST, OLDEST

TEST_FRAMEWORKS = ("unittest", "pytest")
IMAGE_BUILDERS = ("auto", "native", "docker", "podman")
SETUP_FILES = ("setup.py", "project_setup.py")  # in this order, as in 1.11

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_PYTHON = re.compile(r"3\.[0-9]+(?:\.[0-9]+)?", re.ASCII)
_PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9]+(?:/[a-z0-9]+)?", re.ASCII)
_LOWER_CASE = re.compile(r"[^A-Z\s]+")


class ImageSpec(NamedTuple):
    """How the project wants its image made."""

    builder: str = "auto"
    base: str | None = None
    platforms: tuple[str, ...] = ()


class ProjectSpec(NamedTuple):
    """What a project is, as its files say. Paths of its own are relative to `root`. None: nobody said."""

    root: str
    name: str
    package: str
    edition: str
    python: str | None
    version: str | None
    tests: str
    test_framework: str
    resources_dir: str
    requirements_file: str
    requirements: tuple[str, ...] | None
    deployment_config_file: str
    docker_repository: str | None
    export_image_tar: bool | None
    image: ImageSpec
    packages: tuple[str, ...] | None
    data_files: tuple[tuple[str, tuple[str, ...]], ...]
    metainfo: tuple[tuple[str, str | tuple[str, ...]], ...]
    build: Pairs  # [tool.bigflow.build] as written: the builder knows its keys
    setuptools: Pairs  # what 1.11 handed on to setuptools
    sources: tuple[tuple[str, str], ...]  # key -> "setup.py:7"
    unread: tuple[str, ...]  # keys that a setup file computes, while it was not to be run
    emr: Pairs = ()  # [tool.bigflow.emr] as written, likewise
    generate: Pairs = ()  # [tool.bigflow.generate], as written
    doctrine: Pairs = ()  # [tool.bigflow.doctrine] as written

    def where(self, key: str) -> str:
        """The file and line that said it; an empty string when nobody did."""
        return dict(self.sources).get(key, "")


def read_spec(root: str, *, execute: bool = False) -> ProjectSpec:
    """What the project at `root` is; InvalidProject with all that is wrong.

    A setup file that computes what it says is run (in a process of its own) only with `execute`.
    """
    content = read_bytes(os.path.join(root, "pyproject.toml"))
    pyproject = read_pyproject(content)
    setups = [_setup_file(root, file, execute=execute) for file in SETUP_FILES]
    unreadable = [*pyproject.findings, *(finding for setup in setups for finding in setup.findings)]
    if unreadable:
        raise InvalidProject(unreadable)
    if not content:
        _refuse_variants_alone(root)
    calls = next((setup.call for setup in setups if setup.call != Declared()), Declared())
    layers = (calls, pyproject.tool, pyproject.legacy, *(setup.project_name for setup in setups))
    answers = Answers(_by_precedence(layers, pyproject))
    answers.findings.extend(_misspelt(calls, pyproject))
    unread = tuple(key for layer in layers for key in layer.unread)
    spec = _spec(root, answers, unread)
    if answers.findings:
        raise InvalidProject(answers.findings)
    return spec


def bare_spec(root: str, name: str) -> ProjectSpec:
    """What there is to say of a folder whose files say nothing to us."""
    return ProjectSpec(
        root=root,
        name=name,
        package="",
        edition=LATEST.name,
        python=None,
        version=None,
        tests="test",
        test_framework="pytest",
        resources_dir="resources",
        requirements_file="requirements.txt",
        requirements=None,
        deployment_config_file="deployment_config.py",
        docker_repository=None,
        export_image_tar=None,
        image=ImageSpec(),
        packages=None,
        data_files=(),
        metainfo=(),
        build=(),
        setuptools=(),
        sources=(),
        unread=(),
    )


def _refuse_variants_alone(root: str) -> None:
    """A project may have a pyproject.toml for each variant, and none of its own."""
    from bigflow.project.variants import variant_files  # late: nearly every project has the file

    names = list(variant_files(root))
    if names:
        hint = f"say which one: --variant {names[0]}"
        raise InvalidProject([Finding(f"the project has no pyproject.toml but those of {', '.join(names)}", hint=hint)])


def _setup_file(root: str, file: str, *, execute: bool) -> SetupFile:
    read = read_setup_file(file, read_bytes(os.path.join(root, file)))
    if read.fully_read or not execute:
        return read
    from bigflow.project.recording import record  # late: it starts processes

    return record(root, file)


def _by_precedence(layers: tuple[Declared, ...], pyproject: Pyproject) -> Iterator[Said]:
    """The answers, strongest first. [project] may be about another distribution: its version is ours if its name is."""
    said = [said for layer in layers for said in layer.said]
    yield from said
    standard = {answer.key: answer for answer in pyproject.standard.said}
    if "name" not in standard:
        return
    name = next((answer.value for answer in said if answer.key == "name"), standard["name"].value)
    yield standard["name"]
    if "version" in standard and _normal(name) == _normal(standard["name"].value):
        yield standard["version"]


def _misspelt(calls: Declared, pyproject: Pyproject) -> Iterator[Finding]:
    yield from (*pyproject.tool.findings, *pyproject.legacy.findings, *pyproject.standard.findings)
    for layer, strict in ((calls, False), (pyproject.tool, True), (pyproject.legacy, False)):
        yield from filter(None, (unknown(said, strict=strict) for said in layer.said))


def _spec(root: str, answers: Answers, unread: tuple[str, ...]) -> ProjectSpec:
    name = _name(answers, unread)
    resources_dir = answers.folder("resources_dir", root) or "resources"
    tests = answers.folder("tests", root) or _default_tests(root)
    edition = answers.choice("edition", tuple(EDITIONS)) or OLDEST.name
    all_there = packages(root, (resources_dir, tests)) if edition == OLDEST.name else ()  # what 1.11 packaged
    return ProjectSpec(
        root=root,
        name=name,
        package=_package(root, name, answers, (resources_dir, tests)),
        edition=edition,
        python=answers.shaped("python", _PYTHON, 'one version, for example python = "3.12"'),
        version=_version(answers),
        tests=tests,
        test_framework=answers.choice("test_framework", TEST_FRAMEWORKS) or TEST_FRAMEWORKS[0],
        resources_dir=resources_dir,
        requirements_file=answers.path("project_requirements_file", root) or "resources/requirements.txt",
        requirements=answers.texts("requries"),
        deployment_config_file=answers.path("deployment_config_file", root) or "deployment_config.py",
        docker_repository=answers.shaped("docker_repository", _LOWER_CASE, "a repository is written in lower case"),
        export_image_tar=answers.flag("export_image_tar"),
        image=_image(answers),
        packages=answers.texts("packages") or all_there or None,
        data_files=answers.data_files(),
        metainfo=tuple(_metainfo(answers)),
        build=answers.table("build"),
        emr=answers.table("emr"),
        setuptools=answers.rest(KEYS),
        sources=answers.sources,
        unread=unread,
        generate=answers.table("generate"),
        doctrine=answers.table("doctrine"),
    )


def _name(answers: Answers, unread: tuple[str, ...]) -> str:
    known = len(answers.findings)
    name = answers.shaped("name", _NAME, 'letters, digits and - between them, for example name = "my-project"')
    if name is not None:
        return name.replace("_", "-")
    if len(answers.findings) == known:
        computed = " (a setup file computes it, and was not run)" if unread else ""
        hint = 'write name = "my-project" under [tool.bigflow] in pyproject.toml'
        answers.wrong("name", f"the project has no name{computed}", hint)
    return ""


def _package(root: str, name: str, answers: Answers, besides: tuple[str, ...]) -> str:
    said = answers.text("package")
    if said == "bigflow":
        answers.wrong("package", "the project package cannot be called 'bigflow': that is the framework's own")
        return said
    if said is not None:
        if not is_package(root, said):
            answers.wrong("package", *_message(missing(root, said)))
        return said
    found = find_package(root, name, besides=besides)
    if isinstance(found, str):
        return found
    answers.wrong("name", *_message(found))
    return ""


def _message(finding: Finding) -> tuple[str, str]:
    return finding.message, finding.hint


def _default_tests(root: str) -> str:
    only_plural = os.path.isdir(os.path.join(root, "tests")) and not os.path.isdir(os.path.join(root, "test"))
    return "tests" if only_plural else "test"


def _version(answers: Answers) -> str | None:
    version = answers.text("version")
    if version is not None and pep440.parse(version) is None:
        answers.wrong("version", f"'{version}' is not a version", 'for example version = "1.2.0"; without one git says')
    return version


def _image(answers: Answers) -> ImageSpec:
    if answers.where("image"):
        answers.table("image")  # a real table has been taken apart: this one is something else
    platforms = answers.texts("image.platforms") or ()
    for platform in platforms:
        if not _PLATFORM.fullmatch(platform):
            answers.wrong("image.platforms", f"'{platform}' is not a platform", "for example linux/amd64")
    return ImageSpec(answers.choice("image.builder", IMAGE_BUILDERS) or "auto", answers.text("image.base"), platforms)


def _metainfo(answers: Answers) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for key in METAINFO:
        value = answers.text_or_texts(key) if key in METAINFO_TEXTS else answers.text(key)
        if value is not None:
            yield key, value


def _normal(name: object) -> str:
    return re.sub(r"[-_.]+", "-", str(name)).lower()
