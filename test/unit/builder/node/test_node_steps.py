"""Steps of Node with a stand-in for the program: what each makes of what package managers are known to say."""

import os
from pathlib import Path

import pytest
from support.building import Tried, perform

from bigflow.builder.node import programs
from bigflow.builder.node.managers import NPM, PNPM, YARN, YARN_2, lock_of, manager_of
from bigflow.builder.node.opening import open_node
from bigflow.builder.node.steps import audit, dependencies, outdated, sbom
from bigflow.builder.step import Interpreter, NotNeeded, Project, StepFailed, Wishes
from bigflow.errors import UsageError
from bigflow.project.node_package import read_node_package

ADVISORIES = """\
npm warn config something
{"vulnerabilities": {
  "tar": {"severity": "high", "via": [{"title": "a link leads out"}], "range": "<6", "fixAvailable": true},
  "ms": {"severity": "info", "via": []},
  "qs": {"severity": "low", "via": ["tar"], "range": "*", "fixAvailable": false}},
 "metadata": {"vulnerabilities": {"info": 0, "low": 1, "moderate": 0, "high": 1, "critical": 0, "total": 2}}}
"""
CLEAN = '{"metadata": {"vulnerabilities": {"low": 0, "moderate": 0, "high": 0, "critical": 0}}}'


def project(root: Path, package: str = '{"name": "shop", "version": "1.0.0", "dependencies": {"tar": "5"}}') -> Project:
    root.mkdir(exist_ok=True)
    (root / "package.json").write_text(package)
    (root / "package-lock.json").write_text("{}")
    return open_node(str(root), Interpreter("/usr/bin/python3", "3.12.0", own=False), str(root.parent / "cache"), 0)


def says(folder: Path, monkeypatch: pytest.MonkeyPatch, output: str, code: int, program: str = "npm") -> None:
    """A program that only says this."""
    folder.mkdir(exist_ok=True)
    (folder / "said.txt").write_text(output)
    (folder / program).write_text(f"#!/bin/sh\ncat {folder}/said.txt\nexit {code}\n")
    (folder / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("output", "message", "hint"),
    [
        (
            "npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and "
            "package-lock.json or npm-shrinkwrap.json are in sync.\n",
            "package-lock.json is not what package.json asks for",
            "npm install --package-lock-only, and commit it",
        ),
        (
            "npm error code ERESOLVE\nnpm error ERESOLVE could not resolve\nnpm error While resolving: a@1\n",
            "requirements are in conflict: ERESOLVE could not resolve",
            "npm explain NAME tells who asks for it",
        ),
        (
            "npm error code ENOTFOUND\nnpm error errno ENOTFOUND\nnpm error network request to nowhere failed\n",
            "the registry cannot be reached: network request to nowhere failed",
            "npm config get registry; npm ci",
        ),
        ("boom\n", "npm ci failed: boom", "npm ci"),
    ],
)
def test_why_dependencies_cannot_be_installed(
    output: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(tmp_path / "bin", monkeypatch, output, 1)
    error = perform(dependencies, project(tmp_path / "shop")).error
    assert isinstance(error, StepFailed)
    assert (error.message, error.hint) == (message, hint)


def test_an_installation_that_left_nothing_did_not_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(tmp_path / "bin", monkeypatch, "fine", 0)
    error = perform(dependencies, project(tmp_path / "shop")).error
    assert str(error) == "npm ci left no node_modules/.package-lock.json"


def audited(root: Path, level: str) -> Tried:
    package = f'{{"name": "shop", "dependencies": {{"tar": "5"}}, "bigflow": {{"build": {{"audit": "{level}"}}}}}}'
    return perform(audit, project(root, package))


@pytest.mark.parametrize(
    ("level", "fails"), [("report", False), ("critical", False), ("high", True), ("low", True), ("fail", True)]
)
def test_an_audit_fails_from_the_severity_on_that_is_said(
    level: str, fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(tmp_path / "bin", monkeypatch, ADVISORIES, 1)
    came = audited(tmp_path / "shop", level)
    if fails:
        assert str(came.error).splitlines()[0] == "vulnerabilities: 1 high, 1 low"
        return
    assert came.done is not None
    assert came.done.summary == "known vulnerabilities: 1 high, 1 low"
    assert [one.message for one in came.done.warnings] == [
        "tar <6: high: a link leads out",
        "qs *: low: by what it requires",
        "ms : info: by what it requires",
    ]


def test_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(tmp_path / "bin", monkeypatch, CLEAN, 0)
    done = audited(tmp_path / "shop", "low").done
    assert done is not None
    assert (done.summary, done.warnings, done.good_for) == ("nothing known against what is required", (), None)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("", "nothing was said"),
        ("npm error audit endpoint returned an error\n", "audit endpoint returned an error"),
        ('{"metadata": 1}', "it answered with something else"),
        ('warning\n{"error": {"code": "E", "message": "405 Not Allowed"}}', "405 Not Allowed"),
        ('{"message": "405 Not Allowed"}\nmore', "405 Not Allowed"),
    ],
)
def test_a_service_that_was_not_reached_has_not_said_clean(
    output: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(tmp_path / "bin", monkeypatch, output, 1)
    done = audited(tmp_path / "shop", "low").done
    assert done is not None
    assert done.summary == "not audited"
    assert [one.message for one in done.warnings] == [f"the requirements were not audited: {reason}"]
    assert done.good_for is not None


@pytest.mark.parametrize(
    ("output", "code", "summary"),
    [
        ('{"tar": {"latest": "7.1"}, "qs": {"latest": "6"}}', 1, "2 newer versions: qs 6, tar 7.1"),
        ("{}", 0, "all up to date"),
        ("npm error network", 1, "what is newer is not known"),
        ('{"error": {"code": "E404"}}', 1, "what is newer is not known"),
    ],
)
def test_what_is_newer(output: str, code: int, summary: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(tmp_path / "bin", monkeypatch, output, code)
    done = perform(outdated, project(tmp_path / "shop")).done
    assert done is not None
    assert done.summary == summary


def test_no_bill_without_its_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    says(tmp_path / "bin", monkeypatch, "npm error Unknown command: sbom\n", 1)
    error = perform(sbom, project(tmp_path / "shop")).error
    assert str(error) == "npm wrote no SBOM: Unknown command: sbom"


def test_a_version_is_asked_for_once_while_the_program_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = str(tmp_path / "cache")
    says(tmp_path / "bin", monkeypatch, "v20.1.0\n", 0, "node")
    assert programs.version_of("node", cache) == "v20.1.0"
    (tmp_path / "bin/said.txt").write_text("v22.0.0\n")
    assert programs.version_of("node", cache) == "v20.1.0"
    (tmp_path / "bin/node").write_text("#!/bin/sh\necho v24.0.0\n")
    assert programs.version_of("node", cache) == "v24.0.0"


def test_a_program_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="pnpm is not installed"):
        programs.version_of("pnpm", str(tmp_path))


@pytest.mark.parametrize(
    ("files", "said", "manager"),
    [
        ((), "", NPM),
        (("npm-shrinkwrap.json",), "", NPM),
        (("pnpm-lock.yaml",), "", PNPM),
        (("yarn.lock",), "", YARN),
        (("yarn.lock", ".yarnrc.yml"), "", YARN_2),
        (("package-lock.json", "pnpm-lock.yaml"), ', "packageManager": "pnpm@9.1.0"', PNPM),
    ],
)
def test_the_manager_is_known_by_its_lock(files: tuple[str, ...], said: str, manager: object, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(f'{{"name": "shop"{said}}}')
    for name in files:
        (tmp_path / name).touch()
    found = manager_of(str(tmp_path), read_node_package(str(tmp_path)))
    assert found is manager
    assert lock_of(str(tmp_path), found) == (files[-1] if said else next(iter(files), None))


@pytest.mark.parametrize(
    ("files", "said", "message"),
    [
        (("package-lock.json", "yarn.lock"), "", "two package managers have a lock here"),
        ((), ', "packageManager": "npn@1"', "packageManager cannot be 'npn'"),
    ],
)
def test_managers_that_are_not_clear(files: tuple[str, ...], said: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(f'{{"name": "shop"{said}}}')
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match=message):
        manager_of(str(tmp_path), read_node_package(str(tmp_path)))


def test_nothing_is_installed_where_nothing_is_required(tmp_path: Path) -> None:
    shop = project(tmp_path / "shop", '{"name": "shop"}')
    (tmp_path / "shop/package-lock.json").unlink()
    assert dependencies.declare(shop, Wishes()) == NotNeeded("package.json requires nothing")
