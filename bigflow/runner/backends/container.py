"""Runs each attempt in a container of the project's image, with the very command of the pod."""

import os
import re
import signal
from collections.abc import Iterable, Sequence
from secrets import token_hex

from bigflow import _ambient
from bigflow._process_tree import adopt_orphans
from bigflow.containers.engine import Container, Engine, Mount, NoEngine, find
from bigflow.containers.engine import Ended as Stopped
from bigflow.errors import UsageError
from bigflow.runner.attempt import Outcome
from bigflow.runner.backends import Ended, Outfit, Task
from bigflow.runner.backends.built_image import built_image, image_in
from bigflow.runner.backends.pod import Limits, limits, secrets, told_by, variables, words
from bigflow.runner.backends.process import Children
from bigflow.workflow.jobs import JobOptions, settings

_NOT_BEGUN = (125, 126, 127)  # what engines say when there was nothing to run, or nothing to run it with
_ENDINGS = {128 + signal.SIGKILL: "killed by SIGKILL", 128 + signal.SIGTERM: "ended by SIGTERM"}


class Containers:
    """Each attempt is an engine's program, attached to its container: a child of ours like any other."""

    def __init__(self, engine: Engine, image: str, mounts: tuple[Mount, ...] = ()) -> None:
        self._engine = engine
        self._image = image
        self._mounts = mounts
        self._mark = token_hex(4)
        self._names: dict[int, str] = {}
        self._tasks: dict[int, Task] = {}
        self._children = Children(self._launch)
        adopt_orphans(False)  # podman leaves a watcher for each container, which is not ours to end

    def start(self, task: Task) -> int:
        ticket = self._children.start(task)
        self._names[ticket], self._tasks[ticket] = self._name(task), task
        return ticket

    def wait(self, seconds: float) -> Iterable[Ended]:
        return [self._over(ended) for ended in self._children.wait(seconds)]

    def stop(self, ticket: int, number: int) -> None:
        """The engine's program hands signals on, but for the one that nobody can."""
        if number == signal.SIGKILL and ticket in self._names:
            self._engine.kill(self._names[ticket])
        self._children.stop(ticket, number)

    def close(self) -> None:
        for name in self._names.values():
            self._engine.remove(name)
        self._children.close()

    def _launch(self, task: Task, pipe: int, not_ours: Sequence[int]) -> int:
        """Nothing of ours is handed on to it: what is open here is not inherited."""
        job, limit = settings(task.job, _defaults(task)), _limits(task)
        hidden = secrets(task.context)
        container = Container(
            name=self._name(task),
            image=self._image,
            command=words(task),
            variables=variables(task.context, job.environment),
            secrets=tuple(hidden),
            mounts=self._mounts,
            memory=limit.memory,
            cpus=limit.cpus,
        )
        to_log = (os.POSIX_SPAWN_OPEN, 1, task.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        args = self._engine.run_words(container)
        return os.posix_spawnp(
            args[0],
            list(args),
            {**_ambient.environment(), **hidden},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                *([to_log, (os.POSIX_SPAWN_DUP2, 1, 2)] if task.log else []),
            ],
            setsid=True,
        )

    def _over(self, ended: Ended) -> Ended:
        """What the container's end tells, as it would of a pod."""
        name, task = self._names.pop(ended.ticket), self._tasks.pop(ended.ticket)
        state = self._engine.ended(name)
        self._engine.remove(name)
        failed = not ended.outcome.succeeded and state is not None
        return ended._replace(outcome=_failure(ended.outcome, state, task)) if failed and state else ended

    def _name(self, task: Task) -> str:
        context = task.context
        job = re.sub(r"[^A-Za-z0-9_.-]", "-", context.job_id)
        return f"bigflow-{self._mark}-{context.run_id}-{job}-{context.attempt}"


def make(outfit: Outfit) -> Containers:
    """Containers of the image that was built last, on the engine that is there."""
    mounts = tuple(_mount(text) for text in outfit.mounts)
    built = built_image(outfit.root)  # first: without one, an engine is of no use
    try:
        engine = find()
    except NoEngine as error:
        raise NoEngine(error.message, hint=f"{error.hint}; or do without: --isolation process") from None
    return Containers(engine, image_in(engine, built, outfit.cache), mounts)


def _failure(outcome: Outcome, state: Stopped, task: Task) -> Outcome:
    """Why it failed, in plain words."""
    if state.out_of_memory:
        said = _limits(task).memory_said
        limit = f"limit {said}" if said else "the engine has no more"
        hint = 'more: resources={"memory": ...} of the job' if said else "give the engine more memory"
        return outcome._replace(reason=f"killed for memory: {limit}", hint=hint)
    told = told_by(task)
    if state.error or state.exit_code in _NOT_BEGUN:
        return outcome._replace(reason=f"the container could not start: {state.error or told.reason}")
    if state.exit_code in _ENDINGS:
        return outcome._replace(reason=_ENDINGS[state.exit_code])
    return outcome._replace(reason=told.reason or f"exit code {state.exit_code}", where=told.where)


def _limits(task: Task) -> Limits:
    return limits(settings(task.job, _defaults(task)).resources, task.context.job_id)


def _defaults(task: Task) -> JobOptions:
    return task.context.workflow.defaults if task.context.workflow else {}


def _mount(text: str) -> Mount:
    """`SRC:DST` or `SRC:DST:ro`."""
    source, _, rest = text.partition(":")
    target, _, mode = rest.partition(":")
    if not source or not target.startswith("/") or mode not in ("", "ro", "rw"):
        raise UsageError(f"--mount cannot be {text!r}", hint="--mount SRC:/path/in/the/container, or SRC:/path:ro")
    path = os.path.abspath(os.path.expanduser(source))
    if not os.path.exists(path):
        raise UsageError(f"--mount {text}: there is no {path}", hint="name a file or a folder of this machine")
    return Mount(path, target, mode == "ro")
