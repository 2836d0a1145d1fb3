"""The public names; each is imported on first touch, so that `bigflow --help` and pods pay only for what they use."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bigflow._version import __version__
    from bigflow.configuration import Config
    from bigflow.workflow import Definition, Job, JobContext, Workflow, job

__all__ = ["Config", "Definition", "Job", "JobContext", "Workflow", "__version__", "job"]

_HOMES = {
    "Config": "bigflow.configuration",
    "Definition": "bigflow.workflow",
    "Job": "bigflow.workflow",
    "JobContext": "bigflow.workflow",
    "Workflow": "bigflow.workflow",
    "__version__": "bigflow._version",
    "job": "bigflow.workflow",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'bigflow' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
