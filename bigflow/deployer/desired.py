"""Turns what is deployed, and what somebody wants, into all DAGs that there shall be."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bigflow.dags.binding import Bindings
from bigflow.dags.spec import DagSpec
from bigflow.deployer.handover import cut_between, deployed, ended, is_done
from bigflow.deployer.release import Deployed, Release
from bigflow.deployer.wanted import unknown_workflow


def after_deploy(
    specs: Iterable[DagSpec], bindings: Bindings, current: Release | None, now: datetime
) -> tuple[Deployed, ...]:
    """The DAGs of a build, and those that were handed over and are not yet done."""
    there = {dag.spec.dag_id: dag for dag in current.dags} if current else {}
    wanted = {spec.dag_id: _as_begun(spec, bindings, there.get(spec.dag_id)) for spec in specs}
    ending = (dag for dag in there.values() if dag.ends is not None and not is_done(dag, now))
    return _ordered((*wanted.values(), *(dag for dag in ending if dag.spec.dag_id not in wanted)))


def beside(dags: Iterable[Deployed], workflow: str, current: Release | None) -> tuple[Deployed, ...]:
    """The DAGs of one workflow, and those of all others as they are."""
    others = (dag for dag in current.dags if dag.spec.workflow_id != workflow) if current else ()
    return _ordered((*(dag for dag in dags if dag.spec.workflow_id == workflow), *others))


def handed_over(dags: Iterable[Deployed], current: Release | None, now: datetime) -> tuple[Deployed, ...]:
    """The same, but an old DAG of a workflow that gets another id goes on until the new one begins."""
    result = {dag.spec.dag_id: dag for dag in dags}
    for old in current.dags if current else ():
        new = next((dag for dag in result.values() if _succeeds(dag, old)), None)
        if new is None or old.spec.dag_id in result:
            continue
        cut = cut_between(old, new.spec, now)
        if cut is not None:
            result[new.spec.dag_id] = deployed(new.spec, replace(new.bindings, first=cut.first))
            if cut.last is not None:
                result[old.spec.dag_id] = ended(old, cut.last)
    return _ordered(result.values())


def without(workflow: str, current: Release | None) -> tuple[Deployed, ...]:
    """What is left when a workflow is removed."""
    known = {dag.spec.workflow_id for dag in current.dags} if current else set()
    if workflow not in known:
        raise unknown_workflow(workflow, known, "what is deployed")
    assert current is not None
    return _ordered(dag for dag in current.dags if dag.spec.workflow_id != workflow)


def _as_begun(spec: DagSpec, bindings: Bindings, before: Deployed | None) -> Deployed:
    """The DAG; one that a hand-over has begun goes on to begin there."""
    return deployed(spec, replace(bindings, first=before.begun if before else None))


def _succeeds(new: Deployed, old: Deployed) -> bool:
    return new.spec.workflow_id == old.spec.workflow_id and old.ends is None and new.ends is None


def _ordered(dags: Iterable[Deployed]) -> tuple[Deployed, ...]:
    return tuple(sorted(dags, key=lambda dag: dag.spec.dag_id))
