"""Turns a project into the files that its code consists of, or can see when it runs."""

import os
from collections.abc import Iterator

from bigflow._files import files_below
from bigflow.builder.step import Project
from bigflow.project.generated_path import GENERATED
from bigflow.project.package import packages


def sources(project: Project) -> tuple[str, ...]:
    """What a check or a test may come across: packages and modules at the root, resources, settings, requirements."""
    spec = project.spec
    modules = sorted(name for name in os.listdir(project.root) if name.endswith(".py"))
    data = (name for _, names in spec.data_files for name in names)
    return tuple(
        dict.fromkeys(
            (
                spec.package,
                *generated(project),
                *packages(project.root, (spec.resources_dir, spec.tests)),
                *modules,
                spec.resources_dir,
                *data,
                spec.requirements_file,
                spec.deployment_config_file,
                "pyproject.toml",
                "setup.cfg",
                "tox.ini",
            )
        )
    )


def generated(project: Project) -> tuple[str, ...]:
    """The folder of generated code, if the project has any."""
    return (GENERATED,) if os.path.isdir(os.path.join(project.root, GENERATED)) else ()


def checked(project: Project) -> tuple[str, ...]:
    """What linters and type checkers are shown: not the whole root, which may hold other things than the project."""
    spec = project.spec
    paths = (spec.package, spec.tests, spec.deployment_config_file)
    return tuple(path for path in dict.fromkeys(paths) if _has_python(os.path.join(project.root, path)))


def python_files(root: str, folder: str) -> Iterator[str]:
    """The Python files below a folder of the project, relative to the project."""
    for path in files_below(os.path.join(root, folder)):
        if path.endswith(".py"):
            yield os.path.join(folder, path)


def _has_python(path: str) -> bool:
    return os.path.isfile(path) or any(name.endswith(".py") for name in files_below(path))
