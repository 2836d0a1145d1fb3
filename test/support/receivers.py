"""Turns what alerts send, by HTTP and by mail, into lists that a test can read."""

import json
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.serving import serving


@contextmanager
def http_receiver() -> Iterator[tuple[str, list[tuple[str, object]]]]:
    """Its address, and the path and JSON of each POST."""
    received: list[tuple[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, json.loads(body)))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}", received


@contextmanager
def mail_receiver() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """The port of a server that takes all mail, and the subject and text of each."""
    received: list[tuple[str, str]] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            for line in self.rfile:
                verb = line.split()[0].upper() if line.split() else b""
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    received.append(self._mail())
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
                if verb == b"QUIT":
                    return

        def _mail(self) -> tuple[str, str]:
            mail = message_from_bytes(b"".join(iter(self.rfile.readline, b".\r\n")), policy=policy.default)
            body = mail.get_body()
            return str(mail["Subject"]), "" if body is None else body.get_content().strip()

    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, received
