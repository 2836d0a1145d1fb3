"""Turns a class or a function of the user's into a job: something with an id that can be executed once."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypedDict, Unpack, overload

from bigflow.errors import nearest
from bigflow.workflow.definition import Definition, Part
from bigflow.workflow.source import constructed_at

if TYPE_CHECKING:
    from bigflow.workflow.context import JobContext


class PodOptions(TypedDict, total=False):
    """What can be said of a job beyond 1.11."""

    resources: Mapping[str, str | int | float]
    environment: Mapping[str, str]
    pool: str | None
    priority: int
    trigger_rule: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    service_account: str | None
    node_selector: Mapping[str, str]
    tolerations: Iterable[Mapping[str, object]]
    spot: bool
    image: str | None
    image_pull_policy: str | None
    image_pull_secrets: Iterable[str]
    volumes: Iterable[Mapping[str, object]]
    startup_timeout_sec: float


class JobOptions(PodOptions, total=False):
    """What can be said of a job beside its id, by the constructor, by `@job(...)` and by a workflow's `defaults`."""

    retry_count: int
    retry_pause_sec: float
    execution_timeout_sec: float


class JobSettings:
    """The same, as attributes, with the value that each has when nobody says anything."""

    retry_count: int = 3
    retry_pause_sec: float = 60
    execution_timeout_sec: float = 10800
    resources: Mapping[str, str | int | float] = {}
    environment: Mapping[str, str] = {}
    pool: str | None = None
    priority: int = 1
    trigger_rule: str = "all_success"
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    service_account: str | None = None
    node_selector: Mapping[str, str] = {}
    tolerations: Iterable[Mapping[str, object]] = ()
    spot: bool = False
    image: str | None = None
    image_pull_policy: str | None = None
    image_pull_secrets: Iterable[str] = ()
    volumes: Iterable[Mapping[str, object]] = ()
    startup_timeout_sec: float = 600


KNOWN_OPTIONS = tuple(JobSettings.__annotations__)
_KNOWN = frozenset(KNOWN_OPTIONS)


class JobLike(Protocol):
    """What a workflow needs of a job. `Job` has it; so has any object with these two."""

    @property
    def id(self) -> str: ...
    def execute(self, context: "JobContext", /) -> object: ...


class Job(JobSettings, ABC):
    """One step of a workflow. Say `id` (and any setting) in the class or in the constructor, and write `execute`."""

    id: str = ""
    defined_at: str = ""

    def __init__(
        self,
        id: str | None = None,
        execution_timeout_sec: float | None = None,
        retry_count: int | None = None,
        retry_pause_sec: float | None = None,
        **options: Unpack[PodOptions],
    ) -> None:
        said: dict[str, object] = {
            "id": id,
            "execution_timeout_sec": execution_timeout_sec,
            "retry_count": retry_count,
            "retry_pause_sec": retry_pause_sec,
        }
        said = {name: value for name, value in said.items() if value is not None} | dict(options)
        for name, value in said.items():
            if name != "id" and name not in KNOWN_OPTIONS:
                meant = nearest(name, KNOWN_OPTIONS)
                raise TypeError(f"Job has no option {name!r}" + (f"; did you mean {meant!r}?" if meant else ""))
            setattr(self, name, value)
        self.defined_at = constructed_at(self)

    @abstractmethod
    def execute(self, context: "JobContext", /) -> object:
        """Do the work for `context.runtime`. Called anew for every attempt, possibly more than once."""

    def run(self, runtime: object = None) -> object:
        """Deprecated name of 1.11: execute with nothing but a runtime."""
        import warnings

        from bigflow.workflow.context import JobContext, as_moment

        warnings.warn("Job.run(runtime) is deprecated; use Workflow.run_job(job_id, runtime)", DeprecationWarning, 2)
        return self.execute(JobContext.make(runtime=None if runtime is None else as_moment(runtime)))

    def __rshift__(self, after: Part) -> Definition:
        return Definition.joined(self, after)

    def __rrshift__(self, before: Part) -> Definition:
        return Definition.joined(before, self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"


class FunctionJob(Job):
    """A job whose work is a function; calling the job calls the function."""

    def __init__(self, function: Callable[..., object], id: str | None, options: JobOptions) -> None:
        super().__init__(id or function.__name__, **options)
        self.function = function
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__
        self.defined_at = f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"

    def execute(self, context: "JobContext", /) -> object:
        return self.function(context)

    def __call__(self, *args: object, **kwargs: object) -> object:
        return self.function(*args, **kwargs)

    def __reduce__(self) -> str:
        return self.function.__qualname__  # the name in the module is the job, not the function


@overload
def job(function: Callable[..., object], /) -> FunctionJob: ...
@overload
def job(*, id: str | None = None, **options: Unpack[JobOptions]) -> Callable[[Callable[..., object]], FunctionJob]: ...


def job(
    function: Callable[..., object] | None = None, /, *, id: str | None = None, **options: Unpack[JobOptions]
) -> FunctionJob | Callable[[Callable[..., object]], FunctionJob]:
    """`@job` or `@job(retry_count=5)`: makes a job of a function that takes the context; its name is the id."""
    if function is not None:
        return FunctionJob(function, id, options)
    return lambda wrapped: FunctionJob(wrapped, id, options)


def execute(job: object, context: "JobContext") -> object:
    """Execute any job once: ours, one that only looks like it, or one of old with `run(runtime_str)`."""
    work = getattr(job, "execute", None)
    if callable(work):
        return work(context)
    old: Callable[[str], object] = job.run  # type: ignore[attr-defined]
    return old(context.runtime_str)


def settings(job: object, defaults: JobOptions) -> JobSettings:
    """All settings of a job: what it says itself, else what its workflow says for all, else ours."""
    settled = JobSettings()
    said = vars(settled)
    said.update((name, value) for name, value in defaults.items() if name in _KNOWN)
    for name in _said_by(type(job)):  # type: ignore[arg-type] # a class is hashable
        said[name] = getattr(job, name)
    for name in getattr(job, "__dict__", ()):
        if name in _KNOWN:
            said[name] = getattr(job, name)
    return settled


@cache
def _said_by(job_class: type) -> frozenset[str]:
    return frozenset(name for cls in job_class.__mro__ if cls is not JobSettings for name in _KNOWN & vars(cls).keys())
