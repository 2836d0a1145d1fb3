"""Turns requirements.in into requirements.txt, when the one is not what the other was made from."""

import os
from dataclasses import replace

from bigflow.builder.requirements.order import order_of
from bigflow.builder.requirements.sources import read_sources
from bigflow.builder.step import Declared, Done, NotNeeded, Project, Wishes, Work


def declare(project: Project, wishes: Wishes) -> Declared | NotNeeded:
    """An upgrade asks the index anew each time."""
    order = order_of(project.spec, project.python)
    if not os.path.isfile(os.path.join(project.root, order.source)):
        used = os.path.isfile(os.path.join(project.root, order.lock))
        rest = f"{order.lock} is used as it is" if used else "nothing is required"
        return NotNeeded(f"there is no {order.source}: {rest}")
    return Declared(
        files=read_sources(project.root, order.source).files,
        values=(str(order.target),),
        leaves=(order.lock,),
        always=wishes.upgrade or bool(wishes.upgrade_packages),
    )


def perform(work: Work) -> Done:
    from bigflow.builder.requirements.compiling import compile_lock  # late: most builds find nothing to do
    from bigflow.builder.uv.calling import find_uv

    project, wishes = work.project, work.wishes
    order = replace(
        order_of(project.spec, project.python), upgrade=wishes.upgrade, upgrade_packages=wishes.upgrade_packages
    )
    compiled = compile_lock(order, lambda: find_uv(project.root, work.tool, offline=wishes.offline), work.folder)
    for line in compiled.changed:
        work.tell(line)
    return Done(compiled.summary, warnings=compiled.notes)
