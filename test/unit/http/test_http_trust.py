"""Whose certificates are believed: the system's, those of a file besides or alone, or anybody's."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.needs import missing

from bigflow._http.network import Trust
from bigflow._http.patience import Cut, Patience
from bigflow._http.transport import NoTls, Request, Transport
from bigflow.errors import OutsideError

QUICK = Patience(connect=5, silence=5)


def certificate(folder: Path, name: str) -> Path:
    """A certificate for this machine that is its own authority; its key is beside it."""
    if not shutil.which("openssl"):
        missing("openssl", "it is not installed")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    places = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
    subprocess.run(["openssl", *words.split(), *places], check=True, capture_output=True)
    return folder / f"{name}.pem"


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not like our certificate: it is meant not to."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    certificate(folder, "server")
    certificate(folder, "other")
    return folder


@pytest.fixture(scope="module")
def address(files: Path) -> Iterator[str]:
    """Where a server with a certificate of its own answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "server.pem", files / "server.key")
    server = Server(("127.0.0.1", 0), Hello)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def ask(address: str, trust: Trust) -> int:
    answer = Transport(trust, QUICK).send(Request("GET", address, {}))
    answer.drop()
    return answer.status


def test_a_stranger_is_not_believed_and_not_asked_again(address: str) -> None:
    with pytest.raises(OutsideError, match=r"certificate of 127\.0\.0\.1:[0-9]+ is not trusted") as caught:
        ask(address, Trust())
    assert not isinstance(caught.value, Cut)
    assert "ca_file" in caught.value.hint


def test_whoever_demands_nothing_gets_an_answer(address: str) -> None:
    assert ask(address, Trust(insecure=True)) == 200


def test_a_file_of_certificates_counts_besides_the_systems(
    address: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(address, Trust(str(files / "server.pem"))) == 200
    monkeypatch.setenv("SSL_CERT_FILE", str(files / "server.pem"))  # now the system knows the server
    assert ask(address, Trust()) == 200
    assert ask(address, Trust(str(files / "other.pem"))) == 200


def test_a_file_of_certificates_counts_alone(address: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(address, Trust(str(files / "server.pem"), ca_file_only=True)) == 200
    monkeypatch.setenv("SSL_CERT_FILE", str(files / "server.pem"))
    with pytest.raises(OutsideError, match="is not trusted"):
        ask(address, Trust(str(files / "other.pem"), ca_file_only=True))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"HTTP/1.0 400 Bad Request\r\n\r\n", NoTls),
        (b"<!DOCTYPE HTML>\n<html lang='en'>", NoTls),
        (b"", Cut),
        (b"\x15\x03\x03\x00\x02\x02\x28", Cut),  # TLS, in which it is refused
    ],
)
def test_a_server_without_tls_is_told_from_one_that_breaks_off(said: bytes, kind: type[Cut]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(said)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(Cut) as caught:
            ask(f"https://127.0.0.1:{listening.getsockname()[1]}/", Trust(insecure=True))
        thread.join()
    assert type(caught.value) is kind
