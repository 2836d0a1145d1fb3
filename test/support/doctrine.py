"""Turns a folder into a project in git that keeps the doctrine, and words into what only looks like secrets."""

import os
import random
import string
import subprocess
from dataclasses import replace
from pathlib import Path

from support.building import project
from support.cli import write_files

from bigflow.artifacts.doctrine.ignoring import demanded_lines
from bigflow.artifacts.doctrine.judging import Judged
from bigflow.artifacts.doctrine.standing import OUTPUTS
from bigflow.builder.doctrine.examining import examined
from bigflow.project.git import Repository, open_repository

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bigflow-framework"
_DEMANDED = [output for output in OUTPUTS if output.demanded]
FILES = {
    "pyproject.toml": '[tool.bigflow]\nedition = "2026"\nname = "shop"\n',
    "shop/__init__.py": "",
    "Dockerfile": "FROM scratch\n",
    ".gitignore": "\n".join((*demanded_lines(_DEMANDED, docker=False), "")),
    ".dockerignore": "\n".join((*demanded_lines(_DEMANDED, docker=True), "# git's own", ".git", "")),
}


def git(root: Path, *words: str, input: bytes | None = None) -> str:
    """One command of git, by somebody."""
    somebody = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "protocol.file.allow=always")
    done = subprocess.run(("git", *somebody, *words), cwd=root, capture_output=True, input=input)
    assert done.returncode == 0, done.stderr.decode()
    return os.fsdecode(done.stdout).strip()


def clean_project(root: Path) -> Path:
    """All of it committed, nothing built."""
    write_files(root, FILES)
    git(root, "init", "--quiet", "--template=")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "clean")
    return root


def opened(root: Path) -> Repository:
    """What git knows of it."""
    repository = open_repository(str(root))
    assert isinstance(repository, Repository), repository
    return repository


def examine(root: Path) -> tuple[Judged, ...]:
    """What the doctrine has to say of it. The detector's rules are compiled once for all tests."""
    return examined(replace(project(root), cache=str(CACHE)), opened(root)).judged


def broken(root: Path) -> list[tuple[str, str]]:
    """The rules that are broken, and where; in the order of their names."""
    return sorted((one.violation.rule, one.violation.where) for one in examine(root))


def token(seed: int = 1) -> str:
    """What a hosting service's token looks like. It is made here, so that no file of ours has one."""
    letters = random.Random(seed)
    return "ghp" + "_" + "".join(letters.choice(string.ascii_letters + string.digits) for _ in range(36))


def private_key() -> str:
    """What a private key looks like."""
    letters = random.Random(2)
    lines = ["".join(letters.choice(string.ascii_letters) for _ in range(64)) for _ in range(8)]
    kind = "PRIVATE" + " KEY-----"
    return "\n".join((f"-----BEGIN {kind}", *lines, f"-----END {kind}", ""))


def cloud_key() -> str:
    """What the two halves of a cloud's key look like."""
    letters = random.Random(5)
    upper = "".join(letters.choice(string.ascii_uppercase + "234567") for _ in range(16))
    secret = "".join(letters.choice(string.ascii_letters + string.digits + "/+") for _ in range(40))
    return f'aws_access_key_id = "AKIA{upper}"\naws_secret_access_key = "{secret}"\n'
