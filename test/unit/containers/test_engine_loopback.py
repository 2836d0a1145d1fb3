"""The registry on loopback, spoken to by our own client, which real registries understand, and by hand."""

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bigflow._http.patience import Patience
from bigflow.containers.descriptor import LINUX_AMD64, MANIFEST, Descriptor, Platform
from bigflow.containers.digest import digest_of
from bigflow.containers.image import Image
from bigflow.containers.index import index_of
from bigflow.containers.loopback import Loopback, serving
from bigflow.containers.reference import Reference
from bigflow.containers.registry import Registries, pull, push
from bigflow.containers.store import Store
from bigflow.containers.validate import problems

ARM = Platform("linux", "arm64")


@pytest.fixture
def target(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "target"))


@pytest.fixture
def registry(target: Store, tmp_path: Path) -> Iterator[Loopback]:
    with serving(target, target, str(tmp_path / "memory" / "loopback.json")) as running:
        yield running


def ask(
    method: str, reference: Reference, path: str, body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(
        f"http://{reference.registry}{path}",
        data=body if method not in ("GET", "HEAD") else None,
        method=method,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def code(answer: bytes) -> str:
    return str(json.loads(answer)["errors"][0]["code"])


def test_what_is_pushed_lies_in_the_store(registry: Loopback, target: Store, store: Store, small: Image) -> None:
    assert not registry.reached
    push(small.descriptor, store, Registries().writable(registry.reference("1")))
    assert registry.pushed("1") == Descriptor(MANIFEST, small.digest, len(small.manifest))
    assert problems(small.descriptor, target) == ()
    assert registry.reached
    assert registry.received == sum(layer.blob.size for layer in small.layers) + len(small.configuration)


def test_a_second_push_moves_what_changed(
    registry: Loopback, store: Store, small: Image, image_of: Callable[..., Image]
) -> None:
    push(small.descriptor, store, Registries().writable(registry.reference("1")))
    before = registry.received
    changed = image_of(b"below", b"changed")
    push(changed.descriptor, store, Registries().writable(registry.reference("2")))
    assert registry.received - before == changed.layers[1].blob.size + len(changed.configuration)


def test_an_index_for_several_platforms(
    registry: Loopback, target: Store, store: Store, image_of: Callable[..., Image]
) -> None:
    index = index_of([image_of(b"a"), image_of(b"a", platform=ARM)])
    root = store.put(index.documents)
    push(root, store, Registries().writable(registry.reference("1")))
    assert problems(root, target) == ()


def test_what_is_offered_is_pulled(store: Store, large: Image, tmp_path: Path) -> None:
    other = Store(str(tmp_path / "other"))
    with serving(Store(str(tmp_path / "empty")), store, str(tmp_path / "memory")) as registry:
        reference = registry.offer("1", large.descriptor)
        assert pull(Registries().readable(reference), other, LINUX_AMD64) == large
    assert problems(large.descriptor, other) == ()


def test_it_is_the_same_place_the_next_time_and_nobody_else_can_read_which(target: Store, tmp_path: Path) -> None:
    memory = tmp_path / "memory" / "loopback.json"
    with serving(target, target, str(memory)) as first:
        place = first.reference("1")
        with serving(target, target, str(memory)) as meanwhile:
            assert meanwhile.reference("1") != place
    with serving(target, target, str(memory)) as second:
        assert second.reference("1") == place
    assert memory.stat().st_mode & 0o777 == 0o600
    assert place.registry.startswith("127.0.0.1:")
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", int(place.registry.rpartition(":")[2])), 1):
        pass


@pytest.mark.parametrize("said", ["", "{", '{"port": 80, "path": "a"}', '{"port": 5000, "path": "../x"}', "[]"])
def test_a_memory_that_is_damaged_is_made_anew(target: Store, tmp_path: Path, said: str) -> None:
    memory = tmp_path / "loopback.json"
    memory.write_text(said)
    with serving(target, target, str(memory)) as registry:
        assert len(registry.reference("1").repository) > 32


def test_who_does_not_know_the_path_gets_nothing(registry: Loopback, target: Store, small: Image, store: Store) -> None:
    place = registry.reference("1")
    push(small.descriptor, store, Registries().writable(place))
    known = registry.reached
    for path in ("/v2/image/manifests/1", "/v2/guess/image/manifests/1", f"/v2/guess/image/blobs/{small.digest}"):
        assert code(ask("GET", place, path)[2]) == "NAME_UNKNOWN"
    status, _, answer = ask("POST", place, "/v2/guess/image/blobs/uploads/")
    assert (status, code(answer), known) == (404, "NAME_UNKNOWN", True)
    assert ask("GET", place, "/v2/")[0] == 200


def begun(place: Reference) -> str:
    status, headers, _ = ask("POST", place, f"/v2/{place.repository}/blobs/uploads/")
    assert status == 202
    return headers["Location"]


def test_a_blob_in_pieces_and_in_chunks(registry: Loopback, target: Store) -> None:
    place, data = registry.reference("1"), b"0123456789" * 1000
    upload = begun(place)
    status, headers, _ = ask("PATCH", place, upload, data[:4000], Content_Range="0-3999")
    assert (status, headers["Range"]) == (202, "0-3999")
    status, _, answer = ask("PATCH", place, upload, data[5000:], Content_Range="5000-9999")
    assert (status, code(answer)) == (416, "BLOB_UPLOAD_INVALID")
    assert ask("GET", place, upload)[1]["Range"] == "0-3999"
    with socket.create_connection(("127.0.0.1", int(place.registry.rpartition(":")[2])), 5) as wire:
        chunks = b"".join(b"%x;x=y\r\n%s\r\n" % (len(part), part) for part in (data[4000:4001], data[4001:]))
        head = f"PATCH {upload} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        wire.sendall(head + chunks + b"0\r\n\r\n" + head.replace(b"PATCH", b"GET").replace(b"Transfer", b"X"))
        answers = b""
        while answers.count(b"\r\n\r\n") < 2:
            answers += wire.recv(10000)
    assert answers.count(b"Range: 0-9999") == 2  # the connection goes on, with the next request where it begins
    status, headers, _ = ask("PUT", place, f"{upload}?digest={digest_of(data)}")
    assert (status, headers["Docker-Content-Digest"]) == (201, digest_of(data))
    assert Path(target.path(digest_of(data))).read_bytes() == data
    assert ask("HEAD", place, f"/v2/{place.repository}/blobs/{digest_of(data)}")[1]["Content-Length"] == "10000"


def test_a_blob_in_one_request_and_one_that_is_here(registry: Loopback) -> None:
    place, data = registry.reference("1"), b"all at once"
    uploads = f"/v2/{place.repository}/blobs/uploads/"
    assert ask("POST", place, f"{uploads}?digest={digest_of(data)}", data)[0] == 201
    assert ask("POST", place, f"{uploads}?mount={digest_of(data)}&from=x/y")[0] == 201
    assert ask("POST", place, f"{uploads}?mount={digest_of(b'other')}&from=x/y")[0] == 202


def test_what_was_sent_with_a_refused_request_is_not_taken_for_the_next(registry: Loopback) -> None:
    place = registry.reference("1")
    with socket.create_connection(("127.0.0.1", int(place.registry.rpartition(":")[2])), 5) as wire:
        inside = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
        head = f"PATCH /v2/guess/blobs/uploads/x HTTP/1.1\r\nHost: x\r\nContent-Length: {len(inside)}\r\n\r\n"
        wire.sendall(head.encode() + inside + b"HEAD /v2/no/manifests/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        answers = b""
        while answers.count(b"HTTP/1.1 ") < 2:
            answers += wire.recv(10000)
    assert answers.count(b"HTTP/1.1 404") == 2


def test_an_upload_that_is_given_up(registry: Loopback, target: Store) -> None:
    place = registry.reference("1")
    upload = begun(place)
    ask("PATCH", place, upload, b"half")
    assert ask("DELETE", place, upload)[0] == 204
    assert code(ask("PATCH", place, upload, b"more")[2]) == "BLOB_UPLOAD_UNKNOWN"
    assert [name for name in Path(target.folder).iterdir() if name.name != "blobs"] == []


def test_uploads_that_nobody_ends_leave_nothing(target: Store, tmp_path: Path) -> None:
    with serving(target, target, str(tmp_path / "memory")) as registry:
        ask("PATCH", registry.reference("1"), begun(registry.reference("1")), b"half")
    assert [name for name in Path(target.folder).iterdir() if name.name != "blobs"] == []


@pytest.mark.parametrize("digest", [digest_of(b"something else"), "sha256:../../etc/passwd", "md5:abc", ""])
def test_content_that_is_not_what_it_is_said_to_be(registry: Loopback, target: Store, digest: str) -> None:
    place = registry.reference("1")
    upload = begun(place)
    ask("PATCH", place, upload, b"content")
    status, _, answer = ask("PUT", place, f"{upload}?digest={digest}")
    assert (status, code(answer)) == (400, "DIGEST_INVALID")
    assert ask("HEAD", place, f"/v2/{place.repository}/blobs/{digest_of(b'something else')}")[0] == 404


MANIFEST_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"{}", MANIFEST_1, "MANIFEST_INVALID"),
        (b"not json", MANIFEST, "MANIFEST_INVALID"),
        (b"{}", MANIFEST, "MANIFEST_INVALID"),
        (b'{"a":"' + b"x" * (5 << 20) + b'"}', MANIFEST, "MANIFEST_INVALID"),
    ],
)
def test_manifests_that_are_refused(registry: Loopback, body: bytes, media_type: str, expected: str) -> None:
    place = registry.reference("1")
    status, _, answer = ask("PUT", place, f"/v2/{place.repository}/manifests/1", body, Content_Type=media_type)
    assert status in (400, 413)
    assert code(answer) == expected
    assert registry.pushed("1") is None


def test_a_manifest_comes_after_what_it_speaks_of(registry: Loopback, small: Image) -> None:
    place = registry.reference("1")
    path = f"/v2/{place.repository}/manifests/1"
    assert code(ask("PUT", place, path, small.manifest, Content_Type=MANIFEST)[2]) == "MANIFEST_BLOB_UNKNOWN"
    other = f"/v2/{place.repository}/manifests/{digest_of(b'')}"
    assert code(ask("PUT", place, other, small.manifest, Content_Type=MANIFEST)[2]) == "DIGEST_INVALID"


def test_a_full_disk_is_remembered_and_told_so_that_nobody_tries_again(tmp_path: Path) -> None:
    """A file where the folder should be refuses as a full disk does."""
    (tmp_path / "file").write_text("")
    store = Store(str(tmp_path / "file"))
    with serving(store, store, str(tmp_path / "memory")) as registry:
        place = registry.reference("1")
        status, _, answer = ask("POST", place, f"/v2/{place.repository}/blobs/uploads/")
        assert (status, code(answer)) == (403, "DENIED")
        assert registry.failure is not None
        assert "cannot write" in registry.failure.message


def test_a_client_that_breaks_off_leaves_the_others_alone(
    registry: Loopback, target: Store, store: Store, large: Image, capfd: pytest.CaptureFixture[str]
) -> None:
    place = registry.reference("1")
    with socket.create_connection(("127.0.0.1", int(place.registry.rpartition(":")[2])), 5) as wire:
        wire.sendall(f"PATCH {begun(place)} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".encode())
    pushes = [
        threading.Thread(
            target=push,
            args=(large.descriptor, store, Registries(patience=Patience(tries=1)).writable(registry.reference(tag))),
        )
        for tag in ("1", "2", "3")
    ]
    for one in pushes:
        one.start()
    for one in pushes:
        one.join()
    assert problems(large.descriptor, target) == ()
    assert {registry.pushed(tag) for tag in ("1", "2", "3")} == {registry.pushed("1")}
    assert capfd.readouterr().err == ""
