"""Turns a workflow that is deployed into the places where its logs are to be read."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from bigflow.dags.names import label
from bigflow.deployer.release import Release
from bigflow.deployer.wanted import unknown_workflow

_LOGGING = "https://console.cloud.google.com/logs/query;query="


class Link(NamedTuple):
    """A page, and what is on it."""

    what: str
    url: str


def log_links(release: Release | None, workflow: str, *, gcp_project_id: str, airflow_url: str) -> tuple[Link, ...]:
    """The pages of a workflow, as far as the environment says where they are."""
    dags = release.dags if release else ()
    found = [dag.spec for dag in dags if dag.spec.workflow_id == workflow]
    if not found or release is None:
        raise unknown_workflow(workflow, {dag.spec.workflow_id for dag in dags}, "what is deployed")

    def links() -> Iterator[Link]:
        if airflow_url:
            for spec in found:
                yield Link(f"runs of {spec.dag_id}", f"{airflow_url.rstrip('/')}/dags/{quote(spec.dag_id, safe='')}")
        if gcp_project_id:
            yield Link("what its pods wrote", _logging(release.project, workflow, gcp_project_id))
            errors = _logging(release.project, workflow, gcp_project_id, "severity>=ERROR")
            yield Link("errors only", errors)

    return tuple(links())


def _logging(project: str, workflow: str, gcp_project_id: str, *more: str) -> str:
    named = (("project", project), ("workflow", workflow))
    words = [f'labels."k8s-pod/bigflow-{name}"="{label(value)}"' for name, value in named]
    query = "\n".join(['resource.type="k8s_container"', *words, *more])
    return f"{_LOGGING}{quote(query, safe='')}?project={quote(gcp_project_id, safe='')}"
