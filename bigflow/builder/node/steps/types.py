"""Turns the sources of a Node project into the verdict of its type checker."""

import os

from bigflow.builder.node.script import check, declared, own_commands, run_command, run_commands, run_script
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.project.node_package import FILE, NodePackage, read_node_package

_SCRIPTS = ("type-check", "typecheck", "types")
_TYPESCRIPT = "tsc --noEmit --pretty false"


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    said = project.settings.types
    if said == ():
        return NotNeeded(f"switched off by types in {project.settings.table}")
    package = read_node_package(project.root)
    if said is None and package.script(*_SCRIPTS) is None and not _has_typescript(project.root, package):
        return NotNeeded(f"{FILE} has no script {_SCRIPTS[0]}, and there is no TypeScript")
    return declared(project, package, own_commands(project, package, said))


def perform(work: Work) -> Done:
    if work.project.settings.types:
        return Done(run_commands(work, work.project.settings.types))
    script = read_node_package(work.project.root).script(*_SCRIPTS)
    if script is not None:
        run_script(work, script)
        return Done(f"{script} ok")
    check((_TYPESCRIPT,), run_command(work, _TYPESCRIPT))
    return Done("tsc ok")


def _has_typescript(root: str, package: NodePackage) -> bool:
    return "typescript" in package.requires and os.path.isfile(os.path.join(root, "tsconfig.json"))
