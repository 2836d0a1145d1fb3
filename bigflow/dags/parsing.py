"""Turns DAG files into what an Airflow that is installed beside us says to them, in a process of its own."""

import json
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from tempfile import TemporaryDirectory

from bigflow import _process
from bigflow.errors import Finding

_LIMIT_SEC = 300.0
_MARK = "bigflow-parsed:"
_CHILD = """
import json, runpy, sys, traceback, warnings

found = []
for file in sys.argv[2:]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            runpy.run_path(file)
        except BaseException as error:
            found.append([file, 0, "".join(traceback.format_exception_only(error)).strip()])
    found += [[file, one.lineno, str(one.message)] for one in caught if one.filename == file]
print(sys.argv[1] + json.dumps(found))
"""


def importable() -> bool:
    """Whether there is an Airflow to ask. It is not imported here, and a folder called `airflow` is none."""
    found = find_spec("airflow")
    places = found.submodule_search_locations if found is not None else None
    return any(os.path.isfile(os.path.join(place, "configuration.py")) for place in places or ())


def parse(files: Sequence[str]) -> list[Finding]:
    """Its errors, and its warnings that point at one of the files."""
    with TemporaryDirectory() as home:
        done = _process.run(
            [sys.executable, "-c", _CHILD, _MARK, *map(os.path.abspath, files)],
            env_add={"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
            timeout=_LIMIT_SEC,
        )
    told = next((line for line in done.stdout.splitlines() if line.startswith(_MARK)), None)
    if told is None:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return [Finding(f"the Airflow that is installed here cannot be asked: {last}", "", "python -m airflow version")]
    return [
        Finding(f"the Airflow that is installed here says: {message}", f"{file}:{line}" if line else file)
        for file, line, message in json.loads(told.removeprefix(_MARK))
    ]
