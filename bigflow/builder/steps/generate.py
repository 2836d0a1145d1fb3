"""Turns .proto files, and whatever hooks of the project read, into code that imports find beside the sources."""

import os

from bigflow.builder.environment.marker import MARKER
from bigflow.builder.environment.site_packages import described
from bigflow.builder.failures import counted
from bigflow.builder.generation.package_protos import package_protos
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work
from bigflow.project.generated_path import ENTRY, GENERATED, STATE


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """Hooks run in the project's environment. One that does not say what it reads always runs."""
    there = os.path.isdir(os.path.join(project.root, GENERATED))
    if not there and not project.spec.generate and next(package_protos(project), None) is None:
        return NotNeeded("there is nothing to generate", quiet=True)
    from bigflow.builder.generation.wanted import wanted  # late: most projects have nothing of the kind

    what = wanted(project)
    files, values = what.files, what.values
    if what.hooks:
        files, values = (*files, MARKER), (*values, *described(project.python))
    always = any(not hook.inputs for hook in what.hooks)
    return Declared(files, values, (GENERATED, ENTRY, STATE), always)


def perform(work: Work) -> Done:
    from bigflow.builder.generation import generating
    from bigflow.builder.generation.wanted import wanted

    what = wanted(work.project)
    if not what:
        generating.remove(work.project.root)
        return Done("nothing to generate any more")
    made = generating.generate(work, what)
    hooks = f"  {counted(len(what.hooks), 'hook')}" if what.hooks else ""
    return Done(f"generated {counted(made.files, 'file')}{hooks}", warnings=made.warnings)
