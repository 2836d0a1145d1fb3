"""A program of the project's Python: turns its workflows into DAG files, and what is wrong with them into an answer."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import replace

from bigflow._files import write_atomically
from bigflow.builder.dagging.order import Answer, Order, order_from_json
from bigflow.builder.dagging.reach import Reach
from bigflow.builder.dagging.translation import BuiltProject, doubts, translate
from bigflow.dags import composer, parsing
from bigflow.dags.binding import Bindings, bind
from bigflow.dags.names import file_name
from bigflow.dags.render import render
from bigflow.dags.spec import DagSpec
from bigflow.dags.specs_file import written
from bigflow.dags.tables import tables
from bigflow.dags.verify import verify
from bigflow.errors import BigflowError, Finding, UsageError, nearest
from bigflow.project.deployment import deployment_config, environment
from bigflow.project.discovery import discover
from bigflow.project.version import image_tag
from bigflow.workflow.edition import edition
from bigflow.workflow.source import where
from bigflow.workflow.workflow import Workflow

SPECS = "specs.json"
NO_REPOSITORY = "image"  # until an environment says where images are kept


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("order")
    parser.add_argument("answer")
    places = parser.parse_args()
    with open(places.order, encoding="utf-8") as file:
        order = order_from_json(file.read())
    sys.path.insert(0, order.root)
    with redirect_stdout(sys.stderr):
        answer = _answer(order)
    write_atomically(places.answer, answer.to_json())
    sys.stderr.flush()
    os._exit(0)  # whatever the project's modules left running ends here


def _answer(order: Order) -> Answer:
    found = discover(order.package)
    if found.findings:
        return Answer(found.findings, (), (), ())
    try:
        workflows = _wanted(found.workflows, order)
        env = environment(order.root, order.configuration, order.env)
        repository = order.repository or _configured("docker_repository", order, env) or NO_REPOSITORY
        bindings = Bindings(f"{repository}:{image_tag(order.version)}", order.version, env)
        on_composer = _is_bucket(_configured("dags_bucket", order, env) or "")
        known = tables(order.airflow)
    except BigflowError as error:
        return Answer(error.findings, (), (), ())
    wrong, doubtful, specs = _translated(workflows, order, on_composer)
    if on_composer:
        doubtful += tuple(_misplaced(order, env))
    if wrong:
        return Answer(wrong, (), (), ())
    files = {file_name(spec.dag_id): render(bind(spec, bindings)) for spec in specs}
    wrong = tuple(finding for name, text in files.items() for finding in verify(text, name, known))
    for name, text in {**files, SPECS: written(specs)}.items():
        write_atomically(os.path.join(order.folder, name), text)
    if parsing.importable() and files:
        wrong += tuple(parsing.parse([os.path.join(order.folder, name) for name in files]))
    checked = dict.fromkeys(table.airflow for table in known)
    return Answer(wrong, doubtful, tuple(sorted(files)), tuple(checked))


def _wanted(workflows: Iterable[Workflow], order: Order) -> tuple[Workflow, ...]:
    known = tuple(workflows)
    wanted = tuple(one for one in known if order.workflow in (None, one.workflow_id))
    if wanted or order.workflow is None:
        return wanted
    ids = [one.workflow_id for one in known]
    meant = nearest(order.workflow, ids)
    message = f"there is no workflow {order.workflow!r}" + (f"; did you mean {meant!r}?" if meant else "")
    raise UsageError(message, where=order.package, hint=f"its workflows: {', '.join(ids)}")


def _configured(name: str, order: Order, env: str | None) -> str | None:
    """A text of deployment_config, if the environment has it here."""
    config = deployment_config(order.root, order.configuration)
    if config is None or config.missing(env):
        return None
    said = config.resolve(env).get(name)
    return said if isinstance(said, str) else None


def _misplaced(order: Order, env: str | None) -> Iterator[Finding]:
    """Pods of an environment that names another cluster are not Composer's."""
    elsewhere = any(_configured(name, order, env) for name in ("kubernetes_connection", "kubernetes_config_file"))
    namespace = _configured("namespace", order, env)
    if namespace and not elsewhere:
        yield from (Finding(one.message, order.configuration, one.hint) for one in composer.misplaced(namespace))


def _is_bucket(said: str) -> bool:
    """Of Composer: a folder, or a bucket of another cloud, belongs to some other Airflow."""
    return said.startswith("gs://") or (said != "" and "/" not in said)


def _translated(
    workflows: Iterable[Workflow], order: Order, on_composer: bool
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], tuple[DagSpec, ...]]:
    project = BuiltProject(order.project, order.package, edition(order.edition), order.version, order.moment)
    wrong: list[Finding] = []
    doubtful: list[Finding] = []
    specs: list[DagSpec] = []
    reach = Reach(order.root, order.shared)
    for workflow in workflows:
        try:
            spec = replace(translate(workflow, project), code=reach.code(workflow))
        except BigflowError as error:
            wrong += error.findings
            continue
        specs.append(spec)
        doubtful += doubts(workflow, spec, project)
        if on_composer:
            place = where(workflow)
            doubtful += (Finding(f"{one.job_id}: {one.message}", place, one.hint) for one in composer.doubtful(spec))
    wrong += _twins(specs)
    return tuple(wrong), tuple(doubtful), tuple(specs)


def _twins(specs: Iterable[DagSpec]) -> Iterator[Finding]:
    first: dict[str, DagSpec] = {}
    for spec in specs:
        other = first.setdefault(file_name(spec.dag_id).lower(), spec)
        if other is not spec:
            yield Finding(
                f"the workflows {other.workflow_id!r} and {spec.workflow_id!r} would have one file",
                hint="give one of them another id",
            )


if __name__ == "__main__":
    main()
