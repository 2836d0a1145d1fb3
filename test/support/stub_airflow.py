"""Turns the text of a DAG file into what it asks of Airflow: it is executed, with recorders in place of Airflow."""

import builtins
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Made:
    """One object that a file made: of what kind, and from which arguments."""

    kind: str
    args: tuple[object, ...]
    kwargs: dict[str, Any]
    upstream: list["Made"] = field(default_factory=list)
    inside: list["Made"] = field(default_factory=list)

    def __enter__(self) -> "Made":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def set_upstream(self, others: list["Made"]) -> None:
        self.upstream += others


class _Module:
    """Has whatever it is asked for, unless it is of another version."""

    def __init__(self, name: str, missing: tuple[str, ...], made: list[Made]) -> None:
        self._name = name
        self._missing = missing
        self._made = made

    def __getattr__(self, name: str) -> object:
        if f"{self._name}.{name}" in self._missing:
            raise ImportError(name)
        if name == "models":
            return _Module(f"{self._name}.{name}", self._missing, self._made)

        def make(*args: object, **kwargs: object) -> Made:
            one = Made(name, args, kwargs)
            self._made.append(one)
            return one

        return make


AIRFLOW_2 = ("airflow.sdk",)
AIRFLOW_3 = ("airflow.models.param",)


def executed(text: str, missing: tuple[str, ...] = AIRFLOW_3) -> tuple[Made, dict[str, Made]]:
    """The DAG, and its tasks by id with all that they are given, also by the DAG's default_args."""
    made: list[Made] = []

    def imports(name: str, *rest: Any) -> object:
        if name.partition(".")[0] not in ("airflow", "kubernetes"):
            return builtins.__import__(name, *rest)
        if name in missing:
            raise ImportError(name)
        return _Module(name, missing, made)

    exec(compile(text, "dag.py", "exec"), {"__builtins__": {**vars(builtins), "__import__": imports}})
    (dag,) = (one for one in made if one.kind == "DAG")
    tasks = [one for one in made if one.kind == "KubernetesPodOperator"]
    for task in tasks:
        task.kwargs = {**dag.kwargs["default_args"], **task.kwargs}
    return dag, {task.kwargs["task_id"]: task for task in tasks}
