"""Turns a setup file that must be run into what its calls said, by running it in a process of its own."""

import json
import os
import sys
import tempfile

from bigflow._process import Completed, run
from bigflow.errors import Finding
from bigflow.project.declared import Declared, Said, flattened
from bigflow.project.setup_file import SetupFile

_SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_recorder.py")
_HINT = "what is written as plain literals, or in [tool.bigflow] of pyproject.toml, is read without running anything"


def record(root: str, file: str, *, timeout: float = 60.0) -> SetupFile:
    """Run `file`, a path within the project. It prints where nobody looks, and is asked nothing."""
    with tempfile.TemporaryDirectory(prefix="bigflow-") as folder:
        answer = os.path.join(folder, "answer.json")
        completed = run(
            [sys.executable, _SCRIPT, root, file, answer],
            cwd=root,
            env_add={"PYTHONDONTWRITEBYTECODE": "1"},
            timeout=timeout,
        )
        try:
            with open(answer, encoding="utf-8") as result:
                told = json.load(result)
        except (OSError, ValueError):
            reason = _silence(completed, timeout)
            return SetupFile(findings=(Finding(f"running {file} {reason}", file, _HINT),))
    if told["error"]:
        where = f"{file}:{told['line']}" if told["line"] else file
        return SetupFile(findings=(Finding(f"running {file} failed: {told['error']}", where, _HINT),))
    return SetupFile(_declared(file, told["said"]), _declared(file, told["constants"]))


def _silence(completed: Completed, timeout: float) -> str:
    if completed.timed_out:
        return f"took longer than {timeout:g} s"
    last_words = completed.stderr.strip().rpartition("\n")[2]
    return f"ended with code {completed.returncode} before it told anything {last_words}".rstrip()


def _declared(file: str, told: dict[str, object]) -> Declared:
    return Declared(tuple(said for key, value in told.items() for said in flattened(Said(key, value, file))))
