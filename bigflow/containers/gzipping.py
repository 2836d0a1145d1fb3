"""Turns bytes into gzip's format on several cores, with a result that depends on the bytes alone."""

import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

PIECE = 1 << 20  # what is compressed at a time, whoever does it: part of the format that we promise
_LEVEL = 1
_HEADER = b"\x1f\x8b\x08\x00" + b"\x00\x00\x00\x00" + b"\x04\xff"  # no name, no time; the fastest level, no system
_LAST = b"\x03\x00"  # an empty block that says: the end


class Gzip:
    """Takes bytes in any portions and gives one gzip member to `write`, in order."""

    def __init__(self, write: Callable[[bytes], object], workers: int = 2) -> None:
        self._write = write
        self._pool = ThreadPoolExecutor(workers)  # it starts no thread before there is work
        self._most_waiting = 2 * workers
        self._waiting: deque[Future[bytes]] = deque()
        self._rest = bytearray()
        self._crc = 0
        self._size = 0

    def write(self, data: bytes) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self._rest += data
        while len(self._rest) >= PIECE:
            self._begin(bytes(self._rest[:PIECE]))
            del self._rest[:PIECE]

    def __enter__(self) -> "Gzip":
        self._write(_HEADER)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def _begin(self, piece: bytes) -> None:
        while len(self._waiting) >= self._most_waiting:
            self._write(self._waiting.popleft().result())
        self._waiting.append(self._pool.submit(_deflated, piece))

    def _finish(self) -> None:
        while self._waiting:
            self._write(self._waiting.popleft().result())
        if self._rest:
            self._write(_deflated(bytes(self._rest)))
        self._write(_LAST + self._crc.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little"))


def _deflated(piece: bytes) -> bytes:
    """Blocks that end at a byte and refer to nothing before them, so that they can be joined."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)
    return compressor.compress(piece) + compressor.flush(zlib.Z_SYNC_FLUSH)
