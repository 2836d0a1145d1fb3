"""Turns connections into connections to somebody else over a line that carries only so many bytes a second."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PIECE = 32 * 1024


@contextmanager
def slow_line(host: str, speed: int) -> Iterator[str]:
    """The host and port of its near end; what is sent there arrives at `speed`, what is answered at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, host, speed), daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _accept(server: socket.socket, host: str, speed: int) -> None:
    name, _, port = host.rpartition(":")
    with suppress(OSError):  # the server is closed: the test is over
        while True:
            near, _ = server.accept()
            near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
            far = socket.create_connection((name, int(port)))
            threading.Thread(target=_both_ways, args=(near, far, speed), daemon=True).start()


def _both_ways(near: socket.socket, far: socket.socket, speed: int) -> None:
    with near, far:
        back = threading.Thread(target=_carry, args=(far, near, 0.0), daemon=True)
        back.start()
        _carry(near, far, 1 / speed)
        back.join()


def _carry(source: socket.socket, sink: socket.socket, pause: float) -> None:
    """All that comes, each byte with its pause."""
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
            time.sleep(pause * len(piece))
        sink.shutdown(socket.SHUT_WR)
