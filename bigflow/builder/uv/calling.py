"""Turns words for uv into what came of them: it is the uv beside this Python, set up as the user's pip or uv is."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bigflow import _ambient
from bigflow._optional import need
from bigflow._process import Completed, run
from bigflow.builder.uv.failures import failure
from bigflow.builder.uv.pip_settings import uv_settings
from bigflow.errors import UsageError

_QUIET = ("--quiet", "--color", "never", "--no-progress")


class Tool(Protocol):
    """Runs a program in the project's root: `work.tool` of a step is one."""

    def __call__(
        self, args: tuple[str, ...], *, cwd: str | None = None, env_add: Mapping[str, str | None] | None = None
    ) -> Completed: ...


@dataclass(frozen=True, slots=True)
class Uv:
    """uv, ready to be used. It says nothing unless something is wrong."""

    program: str
    variables: Mapping[str, str]
    options: tuple[str, ...]
    tool: Tool

    def run(self, *words: str) -> Completed:
        """What came of it, whatever it was."""
        return self.tool((self.program, *words), env_add=self.variables)

    def must(self, doing: str, *words: str) -> None:
        """Run it; the error says in the user's words what failed and why. `doing` completes "cannot ..."."""
        completed = self.run(*words, *_QUIET, *self.options)
        if not completed.ok:
            raise failure(completed, doing)


def plain_tool(root: str, limit: float) -> Tool:
    """For commands that are no build: what a program says is looked at when it has ended."""

    def run_in_root(
        args: tuple[str, ...], *, cwd: str | None = None, env_add: Mapping[str, str | None] | None = None
    ) -> Completed:
        return run(args, cwd=cwd or root, env_add=env_add, timeout=limit)

    return run_in_root


def find_uv(root: str, tool: Tool, *, offline: bool = False) -> Uv:
    """The uv that lies beside this very Python."""
    package = need("uv", "All that installs packages")
    try:
        program = str(package.find_uv_bin())
    except FileNotFoundError:
        raise UsageError(
            "the package 'uv' is installed here without its program", hint=f"{sys.executable} -m pip install -U uv"
        ) from None
    settings = uv_settings(_ambient.environment(), root, sys.prefix)
    options = (*settings.options, *(("--offline",) if offline else ()))
    return Uv(program, {**settings.variables, "UV_NO_WRAP": "1"}, options, tool)
