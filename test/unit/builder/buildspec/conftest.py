"""Gives each test of buildspecs a folder for sources; what the machine keeps is shared by all of them."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.buildspecs import Ground

from bigflow.builder.buildspec.python_environment import kept_environment


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has no pip is quickly copied; tests that install something have a folder of their own."""
    folder = tmp_path_factory.mktemp("kept")
    place = kept_environment(sys.executable, str(folder))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    return folder


@pytest.fixture
def ground(tmp_path: Path, kept: Path) -> Ground:
    root = tmp_path / "sources"
    root.mkdir()
    return Ground(root, kept)
