"""Turns a tool, a shape and a number of jobs into the command with which its users run such a workflow."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bench.environments import KEPT, Environment, as_installed, of_tool
from bench.measure import Command

PYTHON = "3.12"  # that all of them work with
PROJECTS = Path(__file__).with_name("workflows")


@dataclass(frozen=True, slots=True)
class Work:
    """What all tools are asked to do: that many jobs, each of which does nothing, or sleeps (ours alone)."""

    jobs: int
    shape: str  # chain: each after the one before; fan: one, then all others; apart: none waits (ours alone)
    sleep: int = 0

    @property
    def variables(self) -> dict[str, str]:
        """How a project hears of it."""
        told = {"JOBS": str(self.jobs), "SHAPE": self.shape}
        return told | {"SLEEP": str(self.sleep)} if self.sleep else told


@dataclass(frozen=True, slots=True)
class Tool:
    """A runner of workflows: how it is installed and called. `{folder}` is that of its project."""

    name: str
    requirements: tuple[str, ...]
    run: str
    prepare: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return KEPT / "projects" / f"runs-{self.name}"

    def environment(self) -> Environment:
        return _made(self.name, self.requirements)

    def command(self, work: Work, *more: str) -> Command:
        """The work, as this tool is told to do it."""
        words = [*self.run.format(shape=work.shape).split(), *more]
        told = " ".join(f"{name}={value}" for name, value in work.variables.items())
        shown = f"{self.environment().name}$ {told} {' '.join(words)}"
        return Command(shown, self._argv(words), self.folder, self._variables() | work.variables)

    def write_project(self) -> None:
        """A fresh copy of the project, with nothing in it that earlier runs left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(PROJECTS / self.name, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        if self.prepare:
            variables = self._variables() | Work(1, "chain").variables
            argv = self._argv(self.prepare.split())
            subprocess.run(argv, cwd=self.folder, env=variables, capture_output=True, check=True)

    def _argv(self, words: list[str]) -> tuple[str, ...]:
        return (self.environment().script(words[0]), *words[1:])

    def _variables(self) -> dict[str, str]:
        own = {name: value.format(folder=self.folder) for name, value in self.variables.items()}
        return self.environment().variables | own


@cache
def _made(name: str, requirements: tuple[str, ...]) -> Environment:
    return of_tool(name, PYTHON, requirements) if requirements else as_installed(PYTHON)


OURS = Tool("bigflow", (), "bigflow run --workflow jobs")
LUIGI = Tool("luigi", ("luigi==3.8.1",), "python jobs.py")
KEDRO = Tool("kedro", ("kedro==1.7.0",), "kedro run", variables={"KEDRO_DISABLE_TELEMETRY": "yes"})
# It refuses to work for root; a user name given like this is taken for good.
METAFLOW = Tool(
    "metaflow", ("metaflow==2.19.29",), "python {shape}.py run --max-num-splits 1000", variables={"USERNAME": "bench"}
)
PREFECT = Tool(
    "prefect",
    ("prefect==3.8.0", "fastapi==0.139.*"),  # with later ones it does not start
    "python jobs.py",
    variables={"PREFECT_HOME": "{folder}/.prefect", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"},
)
DAGSTER = Tool(
    "dagster", ("dagster==1.13.0",), "dagster job execute -f jobs.py -j jobs", variables={"DAGSTER_HOME": "{folder}"}
)
AIRFLOW = Tool(
    "airflow",
    ("apache-airflow==3.3.2",),
    "airflow dags test jobs",
    prepare="airflow db migrate",
    variables={"AIRFLOW_HOME": "{folder}", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
)
TOOLS = (OURS, LUIGI, KEDRO, METAFLOW, PREFECT, DAGSTER, AIRFLOW)
SLOW = (METAFLOW, PREFECT, DAGSTER, AIRFLOW)
