"""Turns requests to AWS into answers: moto, one request at a time, on a port that it tells on standard output.

It looks whether an object is there and then puts one: what S3 does in one go is made one go by the lock.
"""

import logging
import threading
import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TypeAlias

Wsgi: TypeAlias = Callable[[dict[str, object], Callable[..., object]], Iterable[bytes]]


def one_at_a_time(application: Wsgi) -> Wsgi:
    lock = threading.Lock()

    def answer(environment: dict[str, object], start: Callable[..., object]) -> Iterable[bytes]:
        with lock:
            return list(application(environment, start))

    return answer


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    moto = import_module("moto.server")
    serving = import_module("werkzeug.serving")
    application = one_at_a_time(moto.DomainDispatcherApplication(moto.create_backend_app))
    serving.WSGIRequestHandler.protocol_version = "HTTP/1.1"
    server = serving.make_server("127.0.0.1", 0, application, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
