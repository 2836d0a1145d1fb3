"""The names that users import. A change here is a change for every user: it needs a changelog fragment."""

import importlib
import subprocess
import sys

import pytest

import bigflow

PUBLIC = {
    "bigflow": ["Config", "Definition", "Job", "JobContext", "Workflow", "__version__", "job"],
    "bigflow.spark": ["Dataproc", "EmrServerless", "Local", "Place", "SparkJob", "place_from"],
    "bigflow.testing": ["JobFailed", "JobResult", "WorkflowResult", "run_job", "run_workflow"],
    "bigflow.workflow": [
        *("Definition", "InvalidJobGraph", "Job", "JobContext", "Workflow"),
        *("daily_start_time", "hourly_start_time", "job"),
    ],
}


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_are_these(module: str) -> None:
    assert sorted(importlib.import_module(module).__all__) == PUBLIC[module]


@pytest.mark.parametrize("name", PUBLIC["bigflow"])
def test_each_can_be_had_and_is_listed(name: str) -> None:
    assert getattr(bigflow, name) is not None
    assert name in dir(bigflow)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Wrokflow"):
        bigflow.Wrokflow  # noqa: B018


def test_they_are_loaded_on_first_touch() -> None:
    seen = subprocess.run(
        [sys.executable, "-c", "import bigflow, sys; print([m for m in sys.modules if m.startswith('bigflow.')])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == "[]"
