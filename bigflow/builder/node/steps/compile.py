"""Turns the sources of a Node project into what its script `build` makes of them."""

import os

from bigflow.builder.node.compiled import SCRIPT, compiled
from bigflow.builder.node.script import declared, run_script
from bigflow.builder.step import Declared, Done, NotNeeded, Project, StepFailed, Wishes, Work
from bigflow.project.node_package import FILE, read_node_package


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """Where nobody knows what it leaves, it is done each time."""
    package = read_node_package(project.root)
    if package.script(SCRIPT) is None:
        return NotNeeded(f"{FILE} has no script {SCRIPT}")
    made = compiled(project.root, package)
    return declared(project, package, (), made)._replace(always=not made)


def perform(work: Work) -> Done:
    root = work.project.root
    made = compiled(root, read_node_package(root))
    run_script(work, SCRIPT)
    for path in made:
        if not os.path.lexists(os.path.join(root, path)):
            hint = f'"bigflow": {{"outputs": [...]}} in {FILE} says what it leaves'
            raise StepFailed(f"the script {SCRIPT} did not leave {path}", where=FILE, hint=hint)
    return Done(f"{', '.join(made)} made" if made else f"{SCRIPT} ok")
