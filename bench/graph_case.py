"""Turns a shape and a number of jobs into what such a workflow costs, as JSON on standard output."""

import json
import resource
import sys
import time
from itertools import pairwise

from bigflow import Definition, Job, Workflow


class Empty(Job):
    """A job that does nothing."""

    def execute(self, context: object, /) -> None:
        pass


def written(shape: str, jobs: list[Job]) -> object:
    """A definition of that shape, as a user would write it."""
    first, *rest = jobs
    *most, last = jobs
    if shape == "chain":
        return jobs
    if shape == "chain by >>":
        chain = Definition(first)
        for job in rest:
            chain = chain >> job
        return chain
    if shape == "fan out":
        return {first: rest}
    if shape == "fan in":
        return {job: [last] for job in most}
    return {job: [after] for job, after in zip(jobs, [*rest, first], strict=True)}


def main(shape: str, count: int) -> None:
    clock = [time.perf_counter()]
    jobs: list[Job] = [Empty(f"job_{number}") for number in range(count)]
    clock.append(time.perf_counter())
    workflow = Workflow("big", written(shape, jobs))
    clock.append(time.perf_counter())
    findings = workflow.validate()
    clock.append(time.perf_counter())
    if shape == "ring":  # has no order; that it is one must be found
        assert ["cycle" in finding.message for finding in findings] == [True], findings
    else:
        assert not findings, findings
        assert len(workflow.jobs) == count
    clock.append(time.perf_counter())
    seconds = [round(after - before, 4) for before, after in pairwise(clock)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([*seconds, peak if sys.platform == "darwin" else peak * 1024]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
