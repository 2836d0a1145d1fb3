"""Turns a project's root and name into the one package that holds its workflows."""

import os
from collections.abc import Iterable

from bigflow.errors import Finding

_NEVER = frozenset(("test", "tests", "docs", "doc", "examples", "scripts", "build", "dist", "resources"))


def find_package(root: str, name: str | None, *, besides: Iterable[str] = ()) -> str | Finding:
    """The package called as the project is; else the only one there is; else what is wrong."""
    wanted = (name or "").replace("-", "_")
    if is_package(root, wanted):
        return wanted
    there = packages(root, besides)
    if len(there) == 1:
        return there[0]
    if there:
        example = f'for example package = "{there[0]}" under [tool.bigflow] in pyproject.toml'
        return Finding(f"several packages could be the project's: {', '.join(there)}", hint=f"set `package`, {example}")
    return missing(root, wanted or "project_package")


def missing(root: str, package: str) -> Finding:
    """That there is no such package, and the command that makes it one."""
    path = f"{package}/__init__.py"
    if os.path.isdir(os.path.join(root, package)):
        return Finding(f"the project package is not a package: there is no {path}", hint=f"touch {path}")
    return Finding(
        f"the project package is missing: there is no {path}",
        hint=f"mkdir {package} && touch {path}, or name another: `package` under [tool.bigflow] in pyproject.toml",
    )


def packages(root: str, besides: Iterable[str] = ()) -> tuple[str, ...]:
    """The top-level packages that could hold workflows, in the order of their names."""
    skipped = _NEVER.union(besides)
    return tuple(sorted(name for name in os.listdir(root) if name not in skipped and is_package(root, name)))


def is_package(root: str, name: str) -> bool:
    return name.isidentifier() and os.path.isfile(os.path.join(root, name, "__init__.py"))
