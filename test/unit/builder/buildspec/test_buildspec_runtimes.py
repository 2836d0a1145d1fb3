"""Languages in versions: kept by pyenv or nvm, on PATH, or not there at all."""

import os
from pathlib import Path

import pytest
from support.buildspecs import Ground

from bigflow.builder.buildspec.parsing import parse_buildspec
from bigflow.builder.buildspec.runtimes import Runtime, find_runtimes
from bigflow.errors import InvalidProject


def program(path: Path, says: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return str(path)


def found(wanted: str, environment: dict[str, str]) -> tuple[Runtime, ...]:
    text = f"version: 0.2\nphases:\n  install:\n    runtime-versions: {{{wanted}}}\n"
    return find_runtimes(parse_buildspec(text, "b.yml"), {"PATH": os.defpath, **environment})


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Node 18 and 20 of nvm, Python 3.9 and 3.10 of pyenv, Java 17 and Go 1.22 on PATH."""
    for version in ("v18.2.0", "v20.10.0"):
        program(tmp_path / "nvm" / "versions" / "node" / version / "bin" / "node", version)
    for version in ("3.9.18", "3.10.2"):
        program(tmp_path / ".pyenv" / "versions" / version / "bin" / "python3", f"Python {version}")
    program(tmp_path / "bin" / "java", 'openjdk version "17.0.9" 2023-10-17')
    program(tmp_path / "bin" / "go", "go version go1.22.3 linux/amd64")
    return {"HOME": str(tmp_path), "NVM_DIR": str(tmp_path / "nvm"), "PATH": str(tmp_path / "bin")}


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("nodejs: 18", "18.2.0"),
        ("nodejs: 20.x", "20.10.0"),
        ("nodejs: latest", "20.10.0"),
        ("python: 3.9", "3.9.18"),
        ("python: 3.10", "3.10.2"),
        ("python: 3.x", "3.10.2"),
        ("java: corretto17", "17.0.9"),
        ("java: openjdk17", "17.0.9"),
        ("golang: 1.22", "1.22.3"),
    ],
)
def test_what_is_there(wanted: str, version: str, machine: dict[str, str]) -> None:
    (runtime,) = found(wanted, machine)
    assert runtime.version == version
    assert os.access(runtime.program, os.X_OK)


def test_all_that_is_missing_is_told_with_what_is_there(machine: dict[str, str]) -> None:
    with pytest.raises(InvalidProject) as refused:
        found("nodejs: 16, python: 3.1, ruby: 3.2, cobol: 1", machine)
    told = [finding.message for finding in refused.value.findings]
    assert "there is 20.10.0, 18.2.0" in told[0]
    assert "there is 3.10.2, 3.9.18" in told[1]
    assert "no ruby at all" in told[2]
    assert "'cobol'" in told[3]
    assert all(finding.where == "b.yml:4" for finding in refused.value.findings)


def test_a_runtime_comes_first_on_path(ground: Ground, machine: dict[str, str], tmp_path: Path) -> None:
    program(tmp_path / "bin" / "node", "v1.0.0")
    ground.environment = {**machine, "PATH": f"{machine['PATH']}:{os.environ['PATH']}"}
    text = "version: 0.2\nphases:\n  install:\n    runtime-versions: {nodejs: 18}\n    commands: [node --version]\n"
    assert ground.run(text).said == ["v18.2.0"]
