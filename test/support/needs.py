"""Turns the absence of something that a test is meant to have into a skip that says why, or in CI into a failure."""

import os
from typing import NoReturn

import pytest


def missing(what: str, why: str) -> NoReturn:
    """Give up this test aloud: here it is skipped; CI (any value of `CI`) has to have what it is meant to have."""
    reason = f"needs {what}, which cannot be had here: {why}"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
