"""Turns what is asked for into what Composer 3 (third generation of Google's Airflow) would make of it instead."""

from collections.abc import Iterator

from bigflow.dags.pod_rules import quantity
from bigflow.dags.rules import Broken
from bigflow.dags.spec import DagSpec, Resources

NAMESPACE = "composer-user-workloads"
# What lies between two steps is rounded up, what is outside is cut. That amounts must be of such a list, and that all
# pods run in one namespace whatever is said, stood in Google's documentation on 2026-11-21; the steps are older.
CPUS = (0.25, 0.5, 1, *range(2, 33, 2))
GIGABYTES = range(2, 129)
MOST_DISK = 100e9


def misplaced(namespace: str) -> Iterator[Broken]:
    """What an environment says of the place of its pods, and where they are."""
    if namespace != NAMESPACE:
        yield Broken("", f"Composer 3 runs pods in {NAMESPACE}, not in {namespace}", "leave the namespace out")


def doubtful(spec: DagSpec) -> Iterator[Broken]:
    """What a job asks for, and what it gets."""
    for task in spec.tasks:
        for message, hint in _resources(task.settings.resources):
            yield Broken(task.job_id, message, hint)


def _resources(said: Resources) -> Iterator[tuple[str, str]]:
    cpu, memory, disk = (quantity(text) for text in (said.cpu, said.memory, said.disk))
    if cpu is not None and cpu not in CPUS:
        yield f"Composer 3 has no pods with {said.cpu} CPUs", f"it would give {_next(CPUS, cpu):g}"
    if memory is not None and memory / 1e9 not in GIGABYTES:
        yield f"Composer 3 has no pods with {said.memory} of memory", f"it would give {_next(GIGABYTES, memory / 1e9)}G"
    if disk is not None and disk > MOST_DISK:
        yield f"Composer 3 has no pods with {said.disk} of disk", "it would give 100G"


def _next(steps: tuple[float, ...] | range, wanted: float) -> float:
    return next((step for step in steps if step >= wanted), steps[-1])
