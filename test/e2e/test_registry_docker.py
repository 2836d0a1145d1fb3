"""Images and Debian's docker-registry: what is pushed, read by other tools, and how many bytes move."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.needs import missing
from support.registry import PASSWORD, USER, RunningRegistry, registry

from bigflow._http.network import Trust
from bigflow._http.patience import Patience
from bigflow.containers.auth import Keychain, Login, anonymous
from bigflow.containers.descriptor import LINUX_AMD64, Platform
from bigflow.containers.docker_tar import read_tar, write_tar
from bigflow.containers.image import Image, Settings, scratch
from bigflow.containers.index import index_of
from bigflow.containers.layer import Entry, write_layer
from bigflow.containers.layout import Layout
from bigflow.containers.reference import parse
from bigflow.containers.registry import Registries, pull, push
from bigflow.containers.store import Store
from bigflow.containers.validate import problems
from bigflow.errors import OutsideError

ARM = Platform("linux", "arm64")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def made(store: Store, platform: Platform = LINUX_AMD64, content: bytes = b"") -> Image:
    big = write_layer(
        [Entry("big", content=content or os.urandom(5 << 20)), Entry("tmp", "folder", mode=0o1777)], store
    )
    image = scratch(platform).with_layers(big).with_settings(Settings(user="1000", labels=(("a", "b"),)))
    store.put(image.documents)
    return image


def anna(_registry: str, _refused: Login | None = None, /) -> Login | None:
    return Login(USER, PASSWORD)


def tool(*words: str) -> str:
    if not shutil.which(words[0]):
        missing(words[0], "it is not installed")
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["plain", "tls", "passwords"])
def test_there_and_back(tmp_path: Path, store: Store, kind: str) -> None:
    keychain: Keychain = anna if kind == "passwords" else anonymous
    images = [made(store, LINUX_AMD64), made(store, ARM)]
    root = store.put(index_of(images).documents)
    with registry(tmp_path / "registry", tls=kind != "plain", passwords=kind == "passwords") as running:
        registries = Registries(Trust(ca_file=running.ca_file), keychain)
        place = registries.writable(parse(f"{running.host}/team/shop:1.0"))
        push(root, store, place)
        other = Store(str(tmp_path / "other"))
        for image in images:
            assert pull(registries.readable(place.reference), other, image.platform) == image
            assert problems(image.descriptor, other) == ()
        assert place.resolve() == root
        assert list(place.tags()) == ["1.0"]


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    with registry(tmp_path / "registry", tls=True) as running:
        reference = parse(f"{running.host}/x:1")
        with pytest.raises(OutsideError, match="certificate") as caught:
            Registries(patience=Patience(tries=1)).readable(reference).resolve()
        assert "ca_file" in caught.value.hint
        with pytest.raises(OutsideError, match="does not have"):
            Registries(Trust(insecure=True)).readable(reference).resolve()


def test_a_wrong_password(tmp_path: Path) -> None:
    with registry(tmp_path / "registry", passwords=True) as running:
        registries = Registries(keychain=lambda _registry, _refused=None, /: Login(USER, "wrong"))
        with pytest.raises(OutsideError, match="does not know us"):
            registries.readable(parse(f"{running.host}/x:1")).resolve()


class Wire:
    """A way to the registry that counts the bytes, and can be cut once."""

    def __init__(self, target: str, cut_after: int = 0) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._cut_after = cut_after
        self._server = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.sent = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._target) as far:
            back = threading.Thread(target=self._pump, args=(far, near, False))
            back.start()
            self._pump(near, far, True)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.sent += len(data) if up else 0
                if up and self._cut_after and self.sent > self._cut_after:
                    self._cut_after = 0
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningRegistry]:
    with registry(tmp_path / "registry") as started:
        yield started


def test_a_second_push_moves_what_changed(running: RunningRegistry, store: Store) -> None:
    image = made(store)
    wire = Wire(running.host)
    place = Registries().writable(parse(f"{wire.host}/shop:1"))
    push(image.descriptor, store, place)
    before = wire.sent
    assert before > 5 << 20
    changed = image.with_layers(write_layer([Entry("line", content=b"changed")], store))
    store.put(changed.documents)
    copied = push(changed.descriptor, store, Registries().writable(parse(f"{wire.host}/shop:2")))
    wire.close()
    assert [blob.digest for blob in copied.kept] == [image.layers[0].blob.digest]
    assert wire.sent - before < 12_000  # three small blobs and the requests for them


def test_an_upload_that_is_cut_goes_on_where_it_was(running: RunningRegistry, store: Store, tmp_path: Path) -> None:
    image = made(store)
    wire = Wire(running.host, cut_after=3 << 20)
    place = Registries(patience=Patience(pause=0.2)).writable(parse(f"{wire.host}/shop:1"))
    push(image.descriptor, store, place)
    wire.close()
    other = Store(str(tmp_path / "other"))
    pull(Registries().readable(parse(f"{running.host}/shop:1")), other, LINUX_AMD64)
    assert problems(image.descriptor, other) == ()


@pytest.mark.parametrize("tls", [False, True])
def test_a_first_connection_that_is_cut_does_not_decide_whether_tls_is_spoken(
    store: Store, tmp_path: Path, tls: bool
) -> None:
    image = made(store)
    with registry(tmp_path / "registry", tls=tls) as running:
        wire = Wire(running.host, cut_after=1)
        place = Registries(Trust(ca_file=running.ca_file)).writable(parse(f"{wire.host}/shop:1"))
        push(image.descriptor, store, place)
        wire.close()
        assert [path for path in running.requests("PUT") if path.endswith("/manifests/1")]


def test_skopeo_reads_what_we_write(running: RunningRegistry, store: Store, tmp_path: Path) -> None:
    image = made(store)
    layout = Layout(str(tmp_path / "layout"))
    layout.write(image.descriptor, store, "shop:1.0")
    place = Registries().writable(parse(f"{running.host}/shop:1.0"))
    push(image.descriptor, store, place)
    for where in (f"oci:{layout.folder}:shop:1.0", f"oci:{layout.folder}"):
        assert image.digest in tool("skopeo", "inspect", where)
    tool("skopeo", "copy", f"oci:{layout.folder}", f"dir:{tmp_path}/dir")
    assert image.digest in tool("skopeo", "inspect", "--tls-verify=false", f"docker://{running.host}/shop:1.0")


def test_we_read_what_skopeo_writes(running: RunningRegistry, store: Store, tmp_path: Path) -> None:
    images = [made(store, LINUX_AMD64), made(store, ARM)]
    layout = Layout(str(tmp_path / "layout"))
    layout.write(store.put(index_of(images).documents), store)
    target = f"docker://{running.host}/shop:1"
    tool("skopeo", "copy", "--all", "--dest-tls-verify=false", f"oci:{layout.folder}", target)
    tool("skopeo", "copy", "--all", "--src-tls-verify=false", target, f"oci:{tmp_path}/theirs:x")
    theirs = Layout(str(tmp_path / "theirs"))
    for image in images:
        assert Registries().readable(parse(f"{running.host}/shop:1")).image(image.platform) == image
        assert theirs.image(image.platform).layers == image.layers
    assert problems(theirs.root(), theirs.store) == ()


def test_podman_takes_our_archive_and_our_layout(store: Store, tmp_path: Path) -> None:
    image = made(store)
    path = str(tmp_path / "image.tar")
    write_tar(image, store, path, parse("bigflow-test/podman:1"))
    layout = Layout(str(tmp_path / "layout"))
    layout.write(image.descriptor, store)
    config = image.documents[0][0].digest.removeprefix("sha256:")
    with tempfile.TemporaryDirectory(prefix="bf-") as run:  # podman takes 50 characters at most
        folders = ("--root", str(tmp_path / "root"), "--runroot", run)
        podman = ("podman", *folders, "--storage-driver", "vfs")
        assert "bigflow-test/podman:1" in tool(*podman, "load", "-i", path)
        assert config in tool(*podman, "images", "--no-trunc")
        assert config in tool(*podman, "pull", f"oci:{layout.folder}")


def test_docker_takes_our_archive_and_we_take_its(store: Store, tmp_path: Path) -> None:
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True).returncode:
        missing("a docker engine", "none answers")
    image = made(store)
    path = str(tmp_path / "image.tar")
    write_tar(image, store, path, parse("bigflow-test/docker:1"))
    try:
        assert "bigflow-test/docker:1" in tool("docker", "load", "-i", path)
        config = image.documents[0][0].digest
        assert tool("docker", "inspect", "-f", "{{.Id}}", "bigflow-test/docker:1").strip() == config
        tool("docker", "save", "-o", str(tmp_path / "saved.tar"), "bigflow-test/docker:1")
    finally:
        subprocess.run(["docker", "rmi", "-f", "bigflow-test/docker:1"], capture_output=True)
    other = Store(str(tmp_path / "other"))
    back = read_tar(str(tmp_path / "saved.tar"), other, LINUX_AMD64)
    assert [layer.diff_id for layer in back.layers] == [layer.diff_id for layer in image.layers]
    assert problems(back.descriptor, other) == ()
