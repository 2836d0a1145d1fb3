"""Turns the artifacts of a build into checksums, and into how large they are, may be, and were before."""

import os
from collections.abc import Iterable, Iterator, Mapping

from bigflow._files import write_atomically
from bigflow.artifacts.artifact import KINDS, Artifact
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.drawing.sizes import growth, size
from bigflow.errors import UsageError, nearest

CHECKSUMS = "build/SHA256SUMS"
_BILL = "build/sbom.cdx.json"  # of a step in the same phase: it is an artifact, too


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """It is a millisecond's work, and compares with the very build before: never skipped."""
    for kind, _ in project.settings.budget:
        if kind not in KINDS:
            meant = nearest(kind, KINDS)
            hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(KINDS)}"
            raise UsageError(f"build.budget: there is no artifact {kind!r}", where=_where(project), hint=hint)
    return Declared(files=(_BILL,), leaves=(CHECKSUMS,), always=True)


def perform(work: Work) -> Done:
    """Checksums are written for whatever there is; what is over its budget fails after that."""
    artifacts = sorted(
        (artifact for done in work.before.values() for artifact in done.artifacts),
        key=lambda one: (KINDS.index(one.kind), one.path),
    )
    write_atomically(os.path.join(work.project.root, CHECKSUMS), "".join(_checksums(artifacts)))
    _refuse_over_budget(work.project, artifacts)
    previous = work.previous.artifacts if work.previous else ()
    now, before = _totals(artifacts), _totals(previous)
    for kind, total in now.items():
        work.tell(f"{kind}: {size(total)}")
    return Done(_summary(now, before))


def _checksums(artifacts: Iterable[Artifact]) -> Iterator[str]:
    """As `sha256sum --check` reads them. An image has a digest, which is not the hash of a file."""
    for artifact in artifacts:
        if artifact.files:
            yield from (f"{part.sha256}  {artifact.path}/{part.path}\n" for part in artifact.files)
        elif artifact.kind != "image":
            yield f"{artifact.sha256}  {artifact.path}\n"


def _refuse_over_budget(project: Project, artifacts: Iterable[Artifact]) -> None:
    budget = dict(project.settings.budget)
    over = [one for one in artifacts if one.size > budget.get(one.kind, one.size)]
    if over:
        told = ", ".join(f"{one.path} has {size(one.size)}, and may have {size(budget[one.kind])}" for one in over)
        hint = f"make it smaller, or its budget under {project.settings.table} larger"
        raise StepFailed(f"over budget: {told}", where=_where(project), hint=hint)


def _summary(now: Mapping[str, int], before: Mapping[str, int]) -> str:
    """Only what is different: the steps that made something have said how large it is."""
    if not before:
        return f"{size(sum(now.values()))} in all" if now else "no artifacts"
    changes = ((kind, growth(before[kind], total) if kind in before else "new") for kind, total in now.items())
    return ", ".join(f"{kind} {change}" for kind, change in changes if change) or "sizes as before"


def _totals(artifacts: Iterable[Artifact]) -> dict[str, int]:
    """Each kind once: of some there are hundreds."""
    totals: dict[str, int] = {}
    for artifact in artifacts:
        totals[artifact.kind] = totals.get(artifact.kind, 0) + artifact.size
    return totals


def _where(project: Project) -> str:
    return project.spec.where("build")
