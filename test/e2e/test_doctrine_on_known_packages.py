"""The sources of well-known packages, put into git: nobody's `password = "secret"` is taken for a secret."""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from support.cli import write_files
from support.doctrine import examine, git
from support.needs import missing

PACKAGES = ("attrs==25.3.0", "click==8.2.1", "flask==3.1.2", "jinja2==3.1.6", "requests==2.32.5")
PROJECT = '[tool.bigflow]\nedition = "2026"\nname = "shop"\n'
# They are what they look like: private keys of the package's own test servers.
KEYS = '[tool.bigflow.doctrine.exclude]\n"/*/tests/certs/" = "keys of servers that only the tests trust"\n'


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them below one project."""
    folder = tmp_path_factory.mktemp("packages")
    asked = ("download", "--quiet", "--no-deps", "--no-binary", ":all:", "-d", str(folder), *PACKAGES)
    done = subprocess.run([sys.executable, "-m", "pip", *asked], capture_output=True, text=True)
    if done.returncode:
        missing("a package index with the sources of packages", done.stderr)
    root = write_files(folder / "shop", {"pyproject.toml": PROJECT, "shop/__init__.py": ""})
    for archive in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(archive) as opened:
            opened.extractall(root, filter="data")
    git(root, "init", "--quiet", "--template=")
    git(root, "add", "--force", ".")
    return root


def test_only_private_keys_are_found(sources: Path) -> None:
    found = [one.violation for one in examine(sources) if one.fails]
    assert all(one.rule == "secrets" and one.message.endswith("private-key") for one in found)
    assert all("/tests/certs/" in one.where for one in found)


def test_with_a_reason_for_the_keys_nothing_fails(sources: Path) -> None:
    write_files(sources, {"pyproject.toml": PROJECT + KEYS})
    found = [one.violation for one in examine(sources)]
    assert {one.rule for one in found} <= {"caches", "ignore-files"}
    assert all(".egg-info" in one.where for one in found if one.rule == "caches"), "their builds have left that"
