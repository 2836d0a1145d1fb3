"""Turns the lock of a Node project into `node_modules`."""

import os

from bigflow.builder.node.managers import SETTINGS, Manager, lock_of, manager_of, said
from bigflow.builder.node.programs import version_of
from bigflow.builder.node.script import QUIET
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.errors import UsageError
from bigflow.project.node_package import FILE, read_node_package

_OUT_OF_STEP = ("are in sync", "ERR_PNPM_OUTDATED_LOCKFILE", "lockfile needs to be updated", "would have been modified")
_BROKEN = ("with an existing package-lock.json", "EJSONPARSE", "ERR_PNPM_BROKEN_LOCKFILE", "Unknown token")
_CONFLICT = ("ERESOLVE", "ERR_PNPM_PEER_DEP")
_UNREACHABLE = ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "ECONNRESET")


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """What lies in node_modules is known by the file in which the manager keeps that: it is changed with each."""
    package = read_node_package(project.root)
    manager = manager_of(project.root, package)
    lock = lock_of(project.root, manager)
    if lock is None:
        if not package.requires:
            return NotNeeded(f"{FILE} requires nothing")
        raise UsageError(
            f"there is no {manager.locks[0]}: what {FILE} requires is not pinned", where=FILE, hint=manager.write_lock
        )
    programs = (version_of("node", project.cache), version_of(manager.name, project.cache))
    return Declared((FILE, lock, *SETTINGS), (manager.name, *programs), (manager.installed,))


def perform(work: Work) -> Done:
    root = work.project.root
    manager = manager_of(root, read_node_package(root))
    done = work.tool(manager.install, cwd=root, env_add=QUIET)
    if not done.ok:
        raise _failed(manager, lock_of(root, manager) or FILE, done.stdout + done.stderr)
    if not os.path.isfile(os.path.join(root, manager.installed)):
        raise StepFailed(f"{' '.join(manager.install)} left no {manager.installed}", where=FILE)
    return Done(f"node_modules as {lock_of(root, manager)} says")


def _failed(manager: Manager, lock: str, output: str) -> StepFailed:
    """Its cause, and what helps."""
    told = said(output)
    command = " ".join(manager.install)
    if any(sign in output for sign in _OUT_OF_STEP):
        return StepFailed(
            f"{lock} is not what {FILE} asks for", where=lock, hint=f"{manager.write_lock}, and commit it"
        )
    if any(sign in output for sign in _CONFLICT):
        return StepFailed(
            f"requirements are in conflict: {told}", where=FILE, hint="npm explain NAME tells who asks for it"
        )
    if any(sign in output for sign in _BROKEN):
        return StepFailed(f"{lock} cannot be read", where=lock, hint=f"rm {lock}, then {manager.write_lock}")
    if any(sign in output for sign in _UNREACHABLE):
        return StepFailed(
            f"the registry cannot be reached: {told}", where=FILE, hint=f"npm config get registry; {command}"
        )
    return StepFailed(f"{command} failed: {told}", where=lock, hint=command)
