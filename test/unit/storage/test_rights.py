"""Whether we may change things in a store, of each kind; nothing is changed to find that out."""

from pathlib import Path

import pytest
from support.google_storage import GoogleStorage
from support.object_store import Ground, gcp_emulator

from bigflow.errors import OutsideError
from bigflow.storage import Access, Anonymous, Refused, may_delete, may_write, open_store


def test_where_we_may(ground: Ground) -> None:
    store = ground.store()
    for name in ("new", "folder/new"):
        may_write(store, name)
        may_delete(store, name)
    store.write("there", b"1")
    may_write(store, "folder/new")
    assert [stored.name for stored in store.listing()] == ["there"]


def test_a_folder_is_not_made(tmp_path: Path) -> None:
    may_write(open_store(str(tmp_path / "a/b")), "c/d")
    may_delete(open_store(str(tmp_path / "a/b")), "c/d")
    assert list(tmp_path.iterdir()) == []


def test_where_we_may_not(gs: GoogleStorage) -> None:
    store = open_store("gs://ours/rights", Access(Anonymous(), gs.endpoint))
    gs.denied = {"storage.objects.create", "storage.objects.delete"}
    try:
        with pytest.raises(Refused, match="may not write"):
            may_write(store, "new")
        with pytest.raises(Refused, match="may not delete"):
            may_delete(store, "new")
    finally:
        gs.denied = set()


def test_a_service_that_ignores_conditions_is_told(tmp_path: Path) -> None:
    with gcp_emulator("ours") as endpoint:
        store = open_store("gs://ours/rights", Access(Anonymous(), endpoint))
        with pytest.raises(OutsideError, match="takes no notice of conditions"):
            may_write(store, "new")
        assert list(store.listing()) == []
