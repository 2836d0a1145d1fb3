"""Turns the files of a Node project into the package manager that it uses."""

import os
from typing import NamedTuple

from bigflow.builder.failures import last_line
from bigflow.errors import UsageError, nearest
from bigflow.project.node_package import FILE, NodePackage


class Manager(NamedTuple):
    """A package manager, and how it is asked for things."""

    name: str
    locks: tuple[str, ...]  # any one of them
    installed: str  # what it writes last into node_modules: it tells what is there
    install: tuple[str, ...]  # exactly what the lock says, or nothing
    write_lock: str  # for a user to type

    def run(self, script: str) -> tuple[str, ...]:
        return (self.name, "run", script)


NPM = Manager(
    "npm",
    ("package-lock.json", "npm-shrinkwrap.json"),
    "node_modules/.package-lock.json",
    ("npm", "ci"),
    "npm install --package-lock-only",
)
PNPM = Manager(
    "pnpm",
    ("pnpm-lock.yaml",),
    "node_modules/.modules.yaml",
    ("pnpm", "install", "--frozen-lockfile"),
    "pnpm install --lockfile-only",
)
YARN = Manager(
    "yarn",
    ("yarn.lock",),
    "node_modules/.yarn-integrity",
    ("yarn", "install", "--frozen-lockfile", "--non-interactive"),
    "yarn install",
)
YARN_2 = Manager(
    "yarn", ("yarn.lock",), "node_modules/.yarn-state.yml", ("yarn", "install", "--immutable"), "yarn install"
)
_BY_NAME = {one.name: one for one in (NPM, PNPM, YARN)}
SETTINGS = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml")


def manager_of(root: str, package: NodePackage) -> Manager:
    """The one that package.json names, else the one whose lock lies there, else npm."""
    name = package.manager
    if name is not None and name not in _BY_NAME:
        meant = nearest(name, _BY_NAME)
        hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(_BY_NAME)}"
        raise UsageError(f"packageManager cannot be {name!r}", where=FILE, hint=hint)
    there = [one for one in _BY_NAME.values() if lock_of(root, one)]
    if name is None and len(there) > 1:
        locks = " and ".join(str(lock_of(root, one)) for one in there)
        raise UsageError(
            f"two package managers have a lock here: {locks}", where=FILE, hint="remove one, or set packageManager"
        )
    found = _BY_NAME[name] if name is not None else there[0] if there else NPM
    return YARN_2 if found is YARN and os.path.isfile(os.path.join(root, ".yarnrc.yml")) else found


def lock_of(root: str, manager: Manager) -> str | None:
    """The lock that lies there."""
    return next((name for name in manager.locks if os.path.isfile(os.path.join(root, name))), None)


def said(output: str) -> str:
    """What a manager has to say for itself: npm ends with where its log lies."""
    lines = [line for line in output.splitlines() if line.strip() and "A complete log of this run" not in line]
    named = [
        line for line in lines if line.startswith(("npm error", "npm ERR!")) and not line.rstrip().endswith("ERR!")
    ]
    first = next((line for line in named if " code " not in line and " errno " not in line), "")
    return first.removeprefix("npm error").removeprefix("npm ERR!").strip() or last_line("\n".join(lines))
