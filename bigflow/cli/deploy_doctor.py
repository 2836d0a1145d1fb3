"""Turns an environment into checks: what a deploy would do in its places, and whether it may."""

import argparse
from collections.abc import Callable, Container, Iterator
from dataclasses import replace

from bigflow.cli.console import Console
from bigflow.cli.deploy_ground import Field, field, places
from bigflow.deployer.reachable import Reached, look_at_dags, look_at_images
from bigflow.errors import BigflowError
from bigflow.project.examination import Check, Examination

_TRIES = 2  # of each request: whoever asks a doctor waits for the answer
_NEEDED = ("dags_bucket", "docker_repository")


def examine_places(arguments: argparse.Namespace, console: Console, told: Container[str] = ()) -> Examination:
    """The places of the environment that was asked for. Nothing is changed there. `told` are titles of known checks."""
    at = field(arguments, console)
    at = at._replace(settings=replace(at.settings, tries=_TRIES))
    return Examination(
        f"what a deploy does in {at.values.environment}",
        tuple(check for check in _checks(at) if check.title not in told),
    )


def _checks(at: Field) -> Iterator[Check]:
    said = {name: at.values.text(name) for name in _NEEDED}
    if said["dags_bucket"]:
        yield from _asked("list DAGs", lambda: _of_dags(at))
    if said["docker_repository"]:
        yield from _asked("pull images", lambda: look_at_images(at.reach(at.project).images(said["docker_repository"])))
    for name in _NEEDED:
        if not said[name]:
            finding = at.values.missing(name)
            yield Check("missing", f"{name} missing", where=finding.where, hint=finding.hint)


def _of_dags(at: Field) -> tuple[Reached, ...]:
    ground = places(at, "").ground
    return look_at_dags(ground.place, ground.ledger)


def _asked(what: str, act: Callable[[], tuple[Reached, ...]]) -> Iterator[Check]:
    try:
        found = act()
    except BigflowError as error:  # the address itself is none, or nobody knows whose records are meant
        found = (Reached(what, False, error.message, error.hint),)
    for one in found:
        yield Check("ok" if one.ok else "wrong", one.what, one.detail, hint=one.hint)
