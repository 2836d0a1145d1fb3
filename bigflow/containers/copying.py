"""Turns the manifest of an image in one place into the same image in another, moving only what is not there yet."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from bigflow.containers.blobs import Held, Sink, Source, read_verified
from bigflow.containers.descriptor import OCI_NAME, Descriptor, read_descriptor
from bigflow.containers.documents import Malformed, parsed

Progress: TypeAlias = Callable[[Descriptor, int], None]  # of which blob, and how many bytes have just moved

WORKERS = 4
_MOST_DOCUMENTS = 1000  # of one image: a hostile index could go on


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did: the blobs that moved, and those that were there already."""

    moved: tuple[Descriptor, ...]
    kept: tuple[Descriptor, ...]


class _Stopped(Exception):
    """Another blob has failed: this one need not go on."""


def silent(_blob: Descriptor, _count: int) -> None:
    """For those who do not want to know of the progress."""


def copy(root: Descriptor, source: Source, sink: Sink, progress: Progress = silent, workers: int = WORKERS) -> Copied:
    """Bring all of an image or an index: what manifests speak of comes before them, several blobs at a time."""
    if sink.whole and sink.has(root):
        return Copied((), (root,))
    graph = Graph.read(root, source)
    with ThreadPoolExecutor(workers) as pool:  # each question may be a way to another continent and back
        there = list(pool.map(sink.has, graph.blobs))
    missing = [blob for blob, is_there in zip(graph.blobs, there, strict=True) if not is_there]
    _Crew(source, sink, progress).move(missing, workers)
    documents = [held for held in graph.documents if sink.whole or not sink.has(held.blob)]
    for held in documents:
        sink.take(held.blob, held, partial(progress, held.blob))
    moved = (*missing, *(held.blob for held in documents))
    everything = (*graph.blobs, *(held.blob for held in graph.documents))
    return Copied(moved, tuple(blob for blob in everything if blob not in moved))


@dataclass(frozen=True, slots=True)
class Graph:
    """All that an image or an index consists of: blobs, and documents, each after those that it speaks of."""

    blobs: tuple[Descriptor, ...]
    documents: tuple[Held, ...]

    @classmethod
    def read(cls, root: Descriptor, source: Source) -> "Graph":
        blobs: dict[str, Descriptor] = {}
        documents: dict[str, Held] = {}
        waiting = [(root, False)]
        while waiting:
            blob, spoken_of_are_in = waiting.pop()
            if spoken_of_are_in:
                documents[blob.digest] = documents.pop(blob.digest)  # after its children
            elif not blob.is_document:
                blobs.setdefault(blob.digest, blob)
            elif blob.digest not in documents:
                documents[blob.digest] = Held(blob, read_verified(blob, source))
                waiting.append((blob, True))
                waiting.extend((child, False) for child in children(documents[blob.digest]))
            if len(documents) > _MOST_DOCUMENTS:
                raise Malformed(f"{root.digest} consists of more than {_MOST_DOCUMENTS} images")
        return cls(tuple(blobs.values()), tuple(documents.values()))

    @property
    def digests(self) -> Iterator[str]:
        yield from (blob.digest for blob in self.blobs)
        yield from (held.blob.digest for held in self.documents)


def children(document: Held) -> tuple[Descriptor, ...]:
    """What a document speaks of. Layers that registries do not keep (those of Windows) are not there to be moved."""
    told = parsed(document.data, f"the document {document.blob.digest}")
    if document.blob.is_index:
        return tuple(read_descriptor(member) for member in told.parts("manifests"))
    layers = [read_descriptor(layer) for layer in told.parts("layers")]
    kept = [layer for layer in layers if layer.media_type in OCI_NAME or "foreign" not in layer.media_type]
    return (read_descriptor(told.part("config")), *kept)


class _Crew:
    """Moves blobs side by side. When one fails, the others stop at their next piece."""

    def __init__(self, source: Source, sink: Sink, progress: Progress) -> None:
        self._source = source
        self._sink = sink
        self._progress = progress
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def move(self, blobs: list[Descriptor], workers: int) -> None:
        if not blobs:
            return
        largest_first = sorted(blobs, key=lambda blob: -blob.size)
        with ThreadPoolExecutor(min(workers, len(blobs))) as pool:
            try:
                moving = [pool.submit(self._one, blob) for blob in largest_first]
                for done in wait(moving, return_when=FIRST_EXCEPTION).done:
                    done.result()
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _one(self, blob: Descriptor) -> None:
        def moved(count: int) -> None:
            if self._stop.is_set():
                raise _Stopped
            with self._lock:
                self._progress(blob, count)

        self._sink.take(blob, self._source, moved)
