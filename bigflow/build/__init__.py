"""Turns the call in a 1.11 project's setup file, when that is really run, into one of setuptools that packages alike.

`bigflow build` reads these calls without running them; `python setup.py bdist_wheel` and `pip install .` run them.
"""

import os
import re
from collections.abc import Mapping

from bigflow._optional import need
from bigflow.builder.requirements.lock import locked
from bigflow.builder.wheel.contents import contents
from bigflow.builder.wheel.keywords import setup_keywords, with_resources
from bigflow.project.layout import read_bytes
from bigflow.project.spec import read_spec
from bigflow.project.version import project_version

__all__ = ["auto_configuration", "default_project_setup", "project_setup", "setup"]


def setup(project_dir: str | os.PathLike[str] | None = None, **keywords: object) -> None:
    """Describe the project, and let setuptools do what the command line asks for."""
    need("setuptools", "A setup file that is run").setup(**_described(project_dir, keywords))


def default_project_setup(
    project_name: str, project_dir: str | os.PathLike[str] | None = None, **keywords: object
) -> None:
    """`setup` of older projects, by its name before 1.3."""
    setup(project_dir, name=project_name, **keywords)


def auto_configuration(
    project_name: str, project_dir: str | os.PathLike[str] | None = None, **keywords: object
) -> dict[str, object]:
    """What older projects hand on to `project_setup`."""
    place = {} if project_dir is None else {"project_dir": project_dir}
    return {**place, **keywords, "name": project_name}


def project_setup(configuration: Mapping[str, object] | None = None, **keywords: object) -> dict[str, object]:
    """The keywords with which older projects call setuptools themselves."""
    said = {**(configuration or {}), **keywords}
    project_dir = said.pop("project_dir", None)
    return _described(project_dir if isinstance(project_dir, (str, os.PathLike)) else None, said)


def _described(project_dir: str | os.PathLike[str] | None, keywords: Mapping[str, object]) -> dict[str, object]:
    """What the project's files say, this very call included. A setup file runs in its own folder."""
    root = os.path.abspath(project_dir or os.curdir)
    spec = read_spec(root, execute=True)
    # Values of setuptools' own can be objects, which only this running file has.
    spec = spec._replace(setuptools=tuple((key, keywords.get(key, value)) for key, value in spec.setuptools))
    found = contents(root, spec, with_generated=False)  # setuptools takes each package from one folder
    lock = locked(os.path.join(root, spec.requirements_file))
    version = _unpacked_version(root) or project_version(root, spec).value
    return with_resources(setup_keywords(spec, version, found, lock), spec, found)


def _unpacked_version(root: str) -> str:
    """The version of an unpacked sdist, in which there is no git to ask."""
    metadata = read_bytes(os.path.join(root, "PKG-INFO"))
    said = re.search(rb"^Version: (\S+)$", metadata, re.MULTILINE)
    return said[1].decode() if said else ""
