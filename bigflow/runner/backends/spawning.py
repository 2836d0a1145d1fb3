"""Begins attempts in processes that start from nothing, where forking this one would be unsafe."""

import os
import pickle
import sys
import tempfile
from collections.abc import Sequence
from importlib.machinery import PathFinder
from typing import BinaryIO, NamedTuple, NoReturn

from bigflow import _ambient
from bigflow._process_tree import end_with_parent
from bigflow.project.discovery import find_workflow
from bigflow.runner.backends import Task
from bigflow.runner.backends.child import flush, make_attempt
from bigflow.workflow.context import JobContext

# Where modules are found comes first: the letter may hold values of the project's own classes.
_OPEN = f"""
import pickle, sys
letter = open(0, "rb", closefd=False)
sys.path[:] = pickle.load(letter)
from {__name__} import answer
answer(letter)
"""


class Letter(NamedTuple):
    """What the new process must know to find the job again: everything but the workflow itself."""

    parent: int
    pipe: int
    package: str
    context: JobContext
    limit: float


def spawn(task: Task, pipe: int, not_ours: Sequence[int]) -> int:
    """The id of the new process, which imports the project itself. Of our descriptors it inherits only the pipe."""
    os.set_inheritable(pipe, True)
    context = task.context._replace(workflow=None, params=dict(task.context.params), labels=dict(task.context.labels))
    to_log = (os.POSIX_SPAWN_OPEN, 1, task.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    with tempfile.TemporaryFile() as letter:  # not an argument: everybody could read those
        pickle.dump(sys.path, letter)
        pickle.dump(Letter(os.getpid(), pipe, task.package, context, task.limit), letter)
        letter.seek(0)
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", _OPEN],
            _ambient.environment(),
            file_actions=[
                (os.POSIX_SPAWN_DUP2, letter.fileno(), 0),
                *([to_log, (os.POSIX_SPAWN_DUP2, 1, 2)] if task.log else []),
            ],
            setsid=True,
        )


def is_found_again(module: str) -> bool:
    """Whether a new process would find the module in a package, and from the same place.

    Who loads tests may give a module a name that means another one on the path: the standard library has a package
    `test`, too.
    """
    spec = PathFinder.find_spec(module.partition(".")[0])
    here = getattr(sys.modules.get(module), "__file__", None)
    if spec is None or spec.origin is None or here is None:
        return False
    folders = [os.path.realpath(folder) + os.sep for folder in spec.submodule_search_locations or ()]
    return os.path.realpath(str(here)).startswith(tuple(folders))


def answer(file: BinaryIO) -> NoReturn:
    """In the new process: make the attempt that the letter asks for, and end as a forked one does."""
    code = 1
    try:
        letter: Letter = pickle.load(file)
        end_with_parent(letter.parent)
        os.set_inheritable(letter.pipe, False)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        workflow = find_workflow(letter.package, str(letter.context.workflow_id))
        job = workflow.find_job(letter.context.job_id)
        context = letter.context._replace(workflow=workflow)
        code = make_attempt(Task(job, context, letter.limit, log=""), letter.pipe)
    except Exception:
        import traceback

        traceback.print_exc()
    finally:
        flush()
        os._exit(code)
