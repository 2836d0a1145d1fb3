"""Turns the address of a DAGs folder into the store around it: the DAG files, and our records beside them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bigflow.errors import UsageError
from bigflow.storage import Store, Stored, may_delete, may_write

_OURS = ".bigflow"  # in a folder; Airflow looks at Python files only, and at nothing that is hidden
_PROBE = "bigflow-doctor"  # a name that nothing has
_PYTHON = "text/x-python"
_USUAL = "dags"  # where Composer and, by custom, MWAA look in a bucket


@dataclass(frozen=True, slots=True)
class Address:
    """Where the store is, and which of its folders are the DAGs' and ours."""

    root: str
    dags: str
    records: str

    @property
    def shown(self) -> str:
        return f"{self.root}/{self.dags}".rstrip("/")


@dataclass(frozen=True, slots=True)
class DagsPlace:
    """The DAGs folder of an environment. Names are those of files in it."""

    store: Store
    address: Address

    def listing(self) -> Iterator[Stored]:
        """All that is there, but for our records."""
        start = f"{self.address.dags}/" if self.address.dags else ""
        for stored in self.store.listing(self.address.dags):
            name = stored.name.removeprefix(start)
            if not name.startswith(f"{_OURS}/"):
                yield Stored(name, stored.size, stored.version, stored.md5, stored.modified)

    def text(self, name: str) -> str:
        return self.store.read(self._key(name)).content.decode("utf-8", "replace")

    def write(self, name: str, text: str, expecting: str) -> None:
        self.store.write(self._key(name), text.encode(), expecting=expecting, media_type=_PYTHON)

    def delete(self, name: str, expecting: str) -> None:
        self.store.delete(self._key(name), expecting=expecting)

    def may_write(self) -> None:
        """Fails as a deploy would that may not write here; changes nothing."""
        may_write(self.store, self._key(_PROBE))

    def may_delete(self) -> None:
        may_delete(self.store, self._key(_PROBE))

    def _key(self, name: str) -> str:
        return f"{self.address.dags}/{name}" if self.address.dags else name


def address_of(said: str, project: str) -> Address:
    """Where `dags_bucket` points: a bucket (`my-bucket`, `gs://...`, `s3://...`) or, if it has a slash, a folder."""
    scheme, _, rest = said.partition("://")
    if said.startswith("file:") or ("/" in said and not rest):
        return Address(said.rstrip("/") or said, "", f"{_OURS}/{project}")
    if not said.strip("/"):
        raise UsageError("dags_bucket is empty", hint="a bucket such as my-bucket, or a folder such as ./dags")
    bucket, _, path = (rest or said).strip("/").partition("/")
    above, _, folder = path.rpartition("/")
    root = f"{scheme if rest else 'gs'}://{bucket}" + (f"/{above}" if above else "")
    return Address(root, folder or _USUAL, f"bigflow/{project}")


def place_of(said: str, project: str, opened: Callable[[str], Store]) -> DagsPlace:
    """The place, its store opened by the address of its root."""
    address = address_of(said, project)
    return DagsPlace(opened(address.root), address)
