"""Stores against programs that others wrote: the emulator from PyPI, Google's own client, boto3."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from support.google_storage import GoogleStorage, google_storage
from support.needs import missing
from support.object_store import KEYS, gcp_emulator, moto

from bigflow.storage import ABSENT, Access, Anonymous, NoBucket, at_once, open_store


def theirs(module: str) -> ModuleType:
    if find_spec(module.partition(".")[0]) is None:
        missing(module, "it is not installed")
    return import_module(module)


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with gcp_emulator("ours") as endpoint:
        yield endpoint


@pytest.fixture
def google() -> Iterator[GoogleStorage]:
    with google_storage("ours") as storage:
        yield storage


@pytest.mark.parametrize("name", ["x.py", "a/b c/ż.json", "50%+&?#.py"])
def test_the_emulator_takes_what_we_write(emulator: str, name: str, tmp_path: Path) -> None:
    store = open_store("gs://ours/dags", Access(Anonymous(), emulator))
    version = store.write(name, b"print('1')\n", media_type="text/x-python")
    assert store.read(name).content == b"print('1')\n"
    (listed,) = store.listing()
    assert (listed.name, listed.version) == (name, version)
    assert listed.holds(b"print('1')\n")
    (tmp_path / "file").write_bytes(b"another\n")
    assert store.write(name, tmp_path / "file") != version
    store.delete(name)
    assert store.stat(name) is None
    store.delete(name)


def test_the_emulator_has_no_such_bucket(emulator: str) -> None:
    with pytest.raises(NoBucket):
        open_store("gs://absent", Access(Anonymous(), emulator)).write("x", b"1")


def client(storage: GoogleStorage) -> object:
    gcs = theirs("google.cloud.storage")
    nobody = import_module("google.auth.credentials").AnonymousCredentials()
    return gcs.Client(project="p", credentials=nobody, client_options={"api_endpoint": storage.endpoint})


def test_googles_client_takes_our_stand_in_for_the_real_thing(google: GoogleStorage) -> None:
    """Else all that the other tests prove would be that we agree with ourselves."""
    theirs("google.cloud.storage")
    exceptions = import_module("google.api_core.exceptions")
    bucket = client(google).bucket("ours")  # type: ignore[attr-defined]
    blob = bucket.blob("a/b c")
    blob.upload_from_string(b"\x00content\r\n", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        blob.upload_from_string(b"2", if_generation_match=0)
    assert blob.download_as_bytes() == b"\x00content\r\n"
    (listed,) = bucket.list_blobs(prefix="a/")
    assert (listed.name, listed.size, listed.generation) == ("a/b c", 10, blob.generation)
    with pytest.raises(exceptions.PreconditionFailed):
        blob.delete(if_generation_match=blob.generation + 1)
    blob.delete(if_generation_match=blob.generation)
    with pytest.raises(exceptions.NotFound):
        blob.download_as_bytes()


def test_googles_client_reads_what_we_write(google: GoogleStorage) -> None:
    store = open_store("gs://ours/dags", Access(Anonymous(), google.endpoint))
    version = store.write("a/b c.py", b"\r\n1", expecting=ABSENT, media_type="text/x-python")
    blob = client(google).bucket("ours").get_blob("dags/a/b c.py")  # type: ignore[attr-defined]
    assert (blob.download_as_bytes(), blob.content_type, str(blob.generation)) == (b"\r\n1", "text/x-python", version)
    blob.upload_from_string("2", if_generation_match=int(version))
    assert store.read("a/b c.py").content == b"2"


def test_boto3_reads_what_we_write() -> None:
    boto3 = theirs("boto3")
    with moto("ours") as endpoint:
        s3 = boto3.client(
            "s3", "us-east-1", endpoint_url=endpoint, aws_access_key_id="AK", aws_secret_access_key="secret"
        )
        store = open_store("s3://ours/dags", Access(KEYS, endpoint))
        version = store.write("a/b c+ż.py", b"\r\n1", expecting=ABSENT, media_type="text/x-python")
        there = s3.get_object(Bucket="ours", Key="dags/a/b c+ż.py")
        assert (there["Body"].read(), there["ContentType"], there["ETag"]) == (
            b"\r\n1",
            "text/x-python",
            f'"{version}"',
        )
        s3.put_object(Bucket="ours", Key="dags/other name+.py", Body=b"2")
        assert [one.name for one in store.listing()] == ["a/b c+ż.py", "other name+.py"]
        s3.close()


def test_ten_thousand_foreign_files(google: GoogleStorage) -> None:
    """They are asked for page by page, and only when they are wanted."""
    store = open_store("gs://ours", Access(Anonymous(), google.endpoint))
    made = store.write("dags/0", b"1")
    thing = google.buckets["ours"]["dags/0"]
    google.buckets["ours"] |= {
        f"dags/{number:05}": type(thing)(b"1", thing.generation, {**thing.resource, "name": f"dags/{number:05}"})
        for number in range(10_000)
    }
    before = len(google.requests)
    listing = store.listing("dags")
    assert next(listing).version == made
    assert len(google.requests) == before + 1
    assert sum(1 for _ in listing) == 10_000
    assert len(google.requests) == before + 11


def test_a_folder_of_ten_thousand_files(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"{number:05}.py").write_text(f"# {number}\n" * 100)
    assert sum(1 for one in open_store(str(tmp_path)).listing() if one.md5) == 10_000


def test_everything_at_once_through_the_emulator(emulator: str) -> None:
    store = open_store("gs://ours/many", Access(Anonymous(), emulator))
    at_once([lambda name=f"{number}.py": store.write(name, name.encode()) for number in range(100)])  # type: ignore[misc]
    assert all(one.holds(one.name.encode()) for one in store.listing())
    assert sum(1 for _ in store.listing()) == 100
