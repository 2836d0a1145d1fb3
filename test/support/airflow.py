"""Turns a version of Airflow into the interpreter of a real installation of it, built once and kept between runs."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from support.needs import missing


def airflow_python(version: str, *requirements: str, python: str = "3.12") -> Path:
    """The interpreter of an environment with that Airflow and whatever else is required of it."""
    return python_with(f"airflow-{version}", (f"apache-airflow=={version}", *sorted(requirements)), python)


def python_with(name: str, wanted: tuple[str, ...], python: str) -> Path:
    """The interpreter of an environment with what is wanted, built once and kept."""
    interpreter = find_python(python)
    if interpreter is None:
        missing(wanted[0], f"there is no Python {python} on PATH or among pyenv's versions")
    key = sha256(repr((interpreter, wanted)).encode()).hexdigest()[:8]
    environment = _cache() / f"{name}-py{python}-{key}"
    if not environment.exists():
        _build(environment, interpreter, wanted)
    return environment / "bin" / "python"


def airflow_home(folder: Path) -> Mapping[str, str]:
    """An environment for Airflow's processes in which they keep their files in `folder` and to themselves."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "PYTHON"))}
    return {**ours, "AIRFLOW_HOME": str(folder), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}


def find_python(version: str) -> Path | None:
    """An interpreter of that version, such as "3.12": one that answers with it, on PATH or among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    # pyenv's shims are on PATH for versions that are not switched on: they do not answer.
    candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}*/bin/python"), reverse=True)]
    return next((Path(python) for python in candidates if python and _version_of(python) == version), None)


def _version_of(python: str | Path) -> str:
    script = "import sys; print(*sys.version_info[:2], sep='.')"
    try:
        return subprocess.run([python, "-c", script], capture_output=True, text=True, timeout=60).stdout.strip()
    except OSError:
        return ""


def _cache() -> Path:
    folder = os.environ.get("BIGFLOW_TEST_CACHE") or Path.home() / ".cache" / "bigflow-framework-test"
    return Path(folder).expanduser().absolute()


def _build(environment: Path, interpreter: Path, requirements: tuple[str, ...]) -> None:
    """Build aside, then rename: nobody ever sees half an environment, whoever else builds it or is killed at it."""
    environment.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=environment.parent, prefix=".building-", ignore_cleanup_errors=True) as folder:
        aside = Path(folder) / environment.name
        python = aside / "bin" / "python"
        _uv(requirements[0], "venv", "--relocatable", "--python", str(interpreter), str(aside))
        _uv(requirements[0], "pip", "install", "--python", str(python), *requirements)
        try:
            aside.rename(environment)
        except OSError:
            if not environment.exists():  # else somebody was faster: theirs is as good
                raise


def _uv(what: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"})
    if done.returncode:
        missing(what, re.sub(r"\s+", " ", done.stderr).strip()[-600:] or f"uv ended with {done.returncode}")
