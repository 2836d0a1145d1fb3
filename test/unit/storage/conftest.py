"""Gives the tests of storage a place of their own in each kind of store."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from support.google_storage import GoogleStorage, google_storage
from support.object_store import KEYS, QUICK, Ground, moto

from bigflow.storage import Access, Anonymous

_number = count(1)


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with moto("ours") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def gs() -> Iterator[GoogleStorage]:
    with google_storage("ours") as storage:
        yield storage


@pytest.fixture(params=["folder", "gs", "s3"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    return _ground(request.param, request, tmp_path)


@pytest.fixture(params=["gs", "s3"])
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    return _ground(request.param, request, tmp_path)


def _ground(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    if kind == "folder":
        return Ground(kind, str(tmp_path / "place"), Access(patience=QUICK))
    if kind == "gs":
        endpoint, who = request.getfixturevalue("gs").endpoint, Anonymous()
    else:
        endpoint, who = request.getfixturevalue("s3_endpoint"), KEYS
    return Ground(kind, f"{kind}://ours/{next(_number)}", Access(who, endpoint, patience=QUICK))
