"""Turns a store into whether we may change things there, by changes that cannot happen."""

from contextlib import suppress

from bigflow.errors import OutsideError
from bigflow.storage.store import Conflict, Store

_NEVER = "1"  # a version that no object has


def may_write(store: Store, name: str) -> None:
    """Fails as a write would. Nothing has this name, nor that version: permissions are looked at before conditions."""
    try:
        store.write(name, b"", expecting=_NEVER)
    except Conflict:
        return
    store.delete(name)
    raise OutsideError(
        f"{store.url} takes no notice of conditions: two who deploy at once would not see each other",
        hint="use a storage service that honours If-Match (S3) or ifGenerationMatch (Google)",
    )


def may_delete(store: Store, name: str) -> None:
    """Fails as a deletion would."""
    with suppress(Conflict):
        store.delete(name, expecting=_NEVER)
