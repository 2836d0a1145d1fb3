"""Turns the sources of a Node project into the verdict of its linters."""

from bigflow.builder.node.script import declared, own_commands, run_commands, run_script
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.project.node_package import FILE, read_node_package

_SCRIPT = "lint"


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    said = project.settings.lint
    if said == ():
        return NotNeeded(f"switched off by lint in {project.settings.table}")
    package = read_node_package(project.root)
    if said is None and package.script(_SCRIPT) is None:
        return NotNeeded(f"{FILE} has no script {_SCRIPT}")
    return declared(project, package, own_commands(project, package, said))


def perform(work: Work) -> Done:
    if work.project.settings.lint:
        return Done(run_commands(work, work.project.settings.lint))
    run_script(work, _SCRIPT)
    return Done("lint ok")
