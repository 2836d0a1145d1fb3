"""Turns the image of a service into whether it answers, once an engine has started it as it starts by itself."""

import os
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit, urlunsplit

from bigflow import _ambient
from bigflow.builder.image.engine_build import name_of
from bigflow.builder.step import Done, StepFailed, Work
from bigflow.containers.engine import Engine, find

_PATIENCE = 30.0  # seconds, at most the step's own time
_PAUSE = 0.1
_TAIL = 12


def answered(work: Work) -> Done:
    """Any answer that is no error counts. Whatever comes of it, the container is gone afterwards."""
    smoke = urlsplit(work.project.settings.smoke or "")
    engine, container = find(), f"bigflow-check-{os.getpid()}"
    name = name_of(work.project)
    try:
        engine.must("run", "--detach", "--name", container, "--publish", f"127.0.0.1::{smoke.port}", name)
        host = _published(engine, container, smoke.port or 80)
        place = urlunsplit(("http", host, smoke.path or "/", smoke.query, ""))
        work.tell(f"{name} is asked at {place}")
        status = _asked(work, engine, container, place)
    finally:
        engine.remove(container)
    return Done(f"image answers {smoke.path or '/'} with {status}")


def _published(engine: Engine, container: str, port: int) -> str:
    """Where this machine reaches the port of the container."""
    said = engine.call("port", container, f"{port}/tcp").stdout.split()
    return said[0] if said else f"127.0.0.1:{port}"


def _asked(work: Work, engine: Engine, container: str, address: str) -> int:
    """The first good answer. StepFailed when it ends, or when there is none in time."""
    limit = min(_PATIENCE, work.project.settings.time_limit("image_check"))
    until = _ambient.stopwatch() + limit
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    last = "it does not listen"
    while _ambient.stopwatch() < until and not work.stopped():
        try:
            with direct.open(address, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            last = f"it answers {error.code}"
        except OSError as error:
            last = f"it does not answer: {getattr(error, 'reason', error)}"
        if engine.call("container", "inspect", "--format", "{{.State.Running}}", container).stdout.strip() == "false":
            ended = engine.ended(container)
            last = f"it ended with code {ended.exit_code if ended else '?'}"
            break
        time.sleep(_PAUSE)
    log = engine.call("logs", container)
    tail = [line.rstrip() for line in f"{log.stdout}{log.stderr}".splitlines() if line.strip()][-_TAIL:]
    raise StepFailed(
        "\n  ".join((f"the image does not answer at {work.project.settings.smoke}: {last}", *tail)),
        where="Dockerfile",
        hint="does it listen on 0.0.0.0 there? smoke names the port inside the container",
    )
