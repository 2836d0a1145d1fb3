"""Turns an image into an archive that `docker load` and `podman load` take, and such an archive into an image."""

import hashlib
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from io import BytesIO
from typing import IO

from bigflow.containers.blobs import PIECE, Absent, Source, Stream
from bigflow.containers.descriptor import BIGGEST_CONFIG, LAYER_GZIP, Descriptor, Platform
from bigflow.containers.digest import Mismatch, Verifier
from bigflow.containers.documents import canonical, parsed
from bigflow.containers.image import Image, Layer, image_of
from bigflow.containers.index import open_image, read_index
from bigflow.containers.inflating import gunzipped
from bigflow.containers.layer import layer_from
from bigflow.containers.layout import NAME, VERSION, index_json
from bigflow.containers.reference import Reference
from bigflow.containers.store import INCOMING, Incoming, Store, writing
from bigflow.containers.tar_header import StrictEntry
from bigflow.errors import UsageError

_GZIP = b"\x1f\x8b"


def write_tar(image: Image, source: Source, path: str, reference: Reference) -> None:
    """Have the image in an archive: an OCI layout with docker's list beside it, so that every tool finds its own."""
    tag = f"{reference.name}:{reference.tag or 'latest'}"
    (config, _), _ = image.documents
    layers = [_place(layer.blob) for layer in image.layers]
    root = replace(image.descriptor, annotations=((NAME, tag),))
    files = {
        "manifest.json": canonical([{"Config": _place(config), "RepoTags": [tag], "Layers": layers}]),
        "oci-layout": VERSION,
        "index.json": index_json(root),
        **{_place(blob): data for blob, data in image.documents},
    }
    with _replacing(path) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            archive.addfile(_member(name, len(data)), BytesIO(data))
        for blob in {layer.blob.digest: layer.blob for layer in image.layers}.values():
            with closing(source.open(blob)) as stream:
                archive.addfile(_member(_place(blob), blob.size), _Verified(stream, blob))


class _Verified:
    """A stream of known length that may be read to its end only if it is right."""

    def __init__(self, stream: Stream, blob: Descriptor) -> None:
        self._stream = stream
        self._verifier = Verifier(blob.digest, blob.size)
        self._size = blob.size

    def read(self, size: int = PIECE) -> bytes:
        pieces = []
        while size and (piece := self._stream.read(size)):
            self._verifier.update(piece)
            pieces.append(piece)
            size -= len(piece)
        if size or self._verifier.seen == self._size:
            self._verifier.finish()
        return b"".join(pieces)


def read_tar(path: str, store: Store, platform: Platform, name: str = "") -> Image:
    """Have the image of an archive in the store: docker's kind or an OCI layout. `name` chooses among several."""
    try:
        with tarfile.open(path, tarinfo=StrictEntry) as archive:
            found = _Archive(path, archive)
            if found.has_file("manifest.json"):
                image = _read_docker(found, store, name)
            else:
                root = read_index(found.small("index.json")).member(platform)
                image = open_image(root, found, platform)
                for layer in image.layers:
                    store.take(layer.blob, found)
    except (tarfile.TarError, EOFError, OSError, RecursionError, ValueError) as error:
        raise _unlike(path, f"it cannot be read: {error}") from error
    store.put(image.documents)
    return image


def _read_docker(archive: "_Archive", store: Store, name: str) -> Image:
    listed = parsed(b'{"images":' + archive.small("manifest.json") + b"}", "manifest.json").parts("images")
    chosen = [one for one in listed if not name or name in one.texts("RepoTags")]
    if len(chosen) != 1:
        tags = ", ".join(tag for one in listed for tag in one.texts("RepoTags")) or "no names"
        raise UsageError(f"the archive has {len(chosen)} such images", where=archive.path, hint=f"it has: {tags}")
    configuration = archive.small(chosen[0].text("Config"))
    diff_ids = parsed(configuration, "the image configuration").part("rootfs").texts("diff_ids")
    names = chosen[0].texts("Layers")
    layers = tuple(_read_layer(archive.file(name), store) for name in names)
    if tuple(layer.diff_id for layer in layers) != diff_ids:
        raise Mismatch("the layers are not those of the image's configuration", where=archive.path)
    return image_of(configuration, layers)


def _read_layer(file: IO[bytes], store: Store) -> Layer:
    """A layer as it is if it is compressed, else compressed as we do it."""
    compressed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    pieces = iter(lambda: file.read(PIECE), b"")
    if not compressed:
        return layer_from(pieces, store)
    inside = hashlib.sha256()
    with store.incoming() as incoming:
        for piece in gunzipped(_written(pieces, incoming), "a layer of the archive"):
            inside.update(piece)
        return Layer(incoming.keep(LAYER_GZIP), "sha256:" + inside.hexdigest())


def _written(pieces: Iterator[bytes], incoming: Incoming) -> Iterator[bytes]:
    for piece in pieces:
        incoming.write(piece)
        yield piece


class _Archive:
    """The files of an archive, among them perhaps blobs."""

    def __init__(self, path: str, archive: tarfile.TarFile) -> None:
        self.path = path
        self._archive = archive
        self._names = {os.path.normpath(member.name): member for member in archive.getmembers()}

    def has_file(self, name: str) -> bool:
        return name in self._names

    def has(self, blob: Descriptor) -> bool:
        return self.has_file(_place(blob))

    def open(self, blob: Descriptor, start: int = 0) -> Stream:
        if not self.has(blob):
            raise Absent(f"the blob {blob.digest} is not in the archive", where=self.path)
        file = self.file(_place(blob))
        file.seek(start)
        return file

    def file(self, name: str) -> IO[bytes]:
        member = self._names.get(os.path.normpath(name))
        file = self._archive.extractfile(member) if member else None
        if file is None:
            raise _unlike(self.path, f"it has no file {name[:200]!r}")
        return file

    def small(self, name: str) -> bytes:
        with self.file(name) as file:
            data = file.read(BIGGEST_CONFIG + 1)
        if len(data) > BIGGEST_CONFIG:
            raise _unlike(self.path, f"{name[:200]} is larger than {BIGGEST_CONFIG} bytes")
        return data


@contextmanager
def _replacing(path: str) -> Iterator[IO[bytes]]:
    """The old file or the whole new one."""
    folder = os.path.dirname(path) or "."
    with writing(folder):
        os.makedirs(folder, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=INCOMING, delete=False) as file:
            try:
                yield file
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    return member


def _place(blob: Descriptor) -> str:
    return f"blobs/{blob.digest.replace(':', '/')}"


def _unlike(path: str, why: str) -> UsageError:
    return UsageError(
        f"this is no archive of an image: {why}", where=path, hint="docker save -o image.tar NAME makes one"
    )
