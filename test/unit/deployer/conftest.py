"""Gives the tests of the deployer an environment in a folder."""

from pathlib import Path

import pytest
from support.built import Environment


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path)
