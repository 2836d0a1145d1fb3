"""Turns what a Node project requires into which of it has newer versions, once a day."""

from bigflow import _ambient
from bigflow.builder.failures import counted
from bigflow.builder.node.managers import NPM, lock_of, manager_of
from bigflow.builder.node.script import QUIET, document
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.project.node_package import FILE, read_node_package

_RETRIED_AFTER = 3600.0  # seconds
_TOLD = 3


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    package = read_node_package(project.root)
    manager = manager_of(project.root, package)
    lock = lock_of(project.root, manager)
    if lock is None or not package.requires:
        return NotNeeded(f"{FILE} requires nothing")
    if manager is not NPM:
        return NotNeeded(f"it is asked of npm only: {manager.name} outdated")
    return Declared((FILE, lock), (str(wishes.offline), _ambient.now().date().isoformat()))


def perform(work: Work) -> Done:
    """It is told, and nothing fails: being old is no mistake."""
    if work.wishes.offline:
        return Done("not asked what is newer", good_for=_RETRIED_AFTER)
    done = work.tool((NPM.name, "outdated", "--json"), cwd=work.project.root, env_add=QUIET)
    try:
        report = document(done.stdout + done.stderr)
    except ValueError:
        report = {}
    if "error" in report or (not report and not done.ok):
        return Done("what is newer is not known", good_for=_RETRIED_AFTER)
    if not report:
        return Done("all up to date")
    named = [f"{name} {one.get('latest')}" for name, one in sorted(report.items()) if isinstance(one, dict)]
    more = ", ..." if len(named) > _TOLD else ""
    return Done(f"{counted(len(report), 'newer version')}: {', '.join(named[:_TOLD])}{more}")
