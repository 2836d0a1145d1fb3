"""Turns ids of workflows and jobs into names that Kubernetes, Airflow and file systems accept."""

import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

LONGEST_POD_NAME = 54  # KubernetesPodOperator adds a hyphen and 8 characters; Kubernetes stops at 63
LONGEST_LABEL = 63
LONGEST_FILE_NAME = 255
_DIGITS = 6
_LABEL = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")


def pod_names(workflow_id: str, job_ids: Iterable[str]) -> tuple[str, ...]:
    """One name a job: readable, valid, and no two the same."""
    names: dict[str, None] = {}
    for job_id in job_ids:
        name = plain = slug(f"{workflow_id}-{job_id}")
        told_apart = f"{workflow_id}/{job_id}"
        while len(name) > LONGEST_POD_NAME or name in names:
            name = f"{plain[: LONGEST_POD_NAME - _DIGITS - 1].rstrip('-')}-{_digest(told_apart)}"
            told_apart += "/"
        names[name] = None
    return tuple(names)


def label(text: str) -> str:
    """The text as a label's value: 63 letters, digits, `.`, `_`, `-`, with a letter or digit at either end."""
    if _LABEL.fullmatch(text):
        return text
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", text)
    if len(safe) > LONGEST_LABEL:
        safe = f"{safe[: LONGEST_LABEL - _DIGITS - 1]}-{_digest(text)}"
    return safe.strip("._-")


def versioned_dag_id(workflow_id: str, version: str, started: datetime) -> str:
    """The DAG id of edition 1.11: another one for each build."""
    return f"{workflow_id}__v{re.sub('[.+-]', '_', version)}__{started:%Y_%m_%d_%H_%M_%S}"


def file_name(dag_id: str) -> str:
    """The file of a DAG; different for different DAGs, also where an id is nearly too long for a file name."""
    ending = "_dag.py"
    if len(dag_id) + len(ending) > LONGEST_FILE_NAME:
        dag_id = f"{dag_id[:200]}-{_digest(dag_id)}"
    return f"{dag_id}{ending}"


def slug(text: str) -> str:
    """What a host may be called: small letters, digits, and hyphens between them."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "job"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
