"""Turns the folder of a project into the value that a build is about."""

from typing import TYPE_CHECKING

from bigflow.builder.doctrine.settings import doctrine_settings
from bigflow.builder.settings import settings
from bigflow.builder.step import Interpreter, Project
from bigflow.project.spec import read_spec
from bigflow.project.version import project_version

if TYPE_CHECKING:
    from bigflow.project.variant_folder import Laid

EARLIEST = 315_532_800  # 1980-01-01: archives know no time before


def open_project(
    root: str, python: Interpreter, cache: str, source_date: int | None, laid: "Laid | None" = None
) -> Project:
    """The project as it lies there now; InvalidProject with all that is wrong with its files.

    The time in artifacts is `source_date` if that is given, else that of the commit, else none to speak of. What
    lies there for a variant has no history: git is asked in the tree.
    """
    spec = read_spec(root, execute=True)
    wanted = settings(spec.build, spec.where("build"))
    if spec.where("emr"):
        from bigflow.builder.emr.settings import emr_settings  # late: few projects have the table

        emr_settings(spec)  # what is wrong with it is told now, and not after the tests
    doctrine = doctrine_settings(spec.doctrine, spec.where("doctrine"))
    version = project_version(laid.tree if laid else root, spec)
    commit = version.commit
    time = source_date if source_date is not None else commit.time if commit else EARLIEST
    return Project(
        root=root,
        spec=spec,
        settings=wanted,
        version=laid.variant.marked(version.value) if laid else version.value,
        commit=commit.hash if commit else None,
        commit_time=max(time, EARLIEST),
        python=python,
        cache=cache,
        variant=laid.variant.name if laid else "",
        doctrine=doctrine,
    )
