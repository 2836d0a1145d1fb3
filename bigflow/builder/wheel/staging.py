"""Turns a recipe and a wheel's contents into a folder that holds copies of them, and nothing else of the project."""

import glob
import os
import shutil
from collections.abc import Iterable

from bigflow.builder.wheel.contents import LARGE, Contents, Source
from bigflow.builder.wheel.recipe import Recipe


def stage(root: str, folder: str, recipe: Recipe, contents: Contents) -> None:
    """Fill the folder. Sources lie in it as they do in the project, for backends are set up for that."""
    for source in dict.fromkeys(source.path for source in (*contents.code, *contents.resources, *contents.data)):
        _copy(os.path.join(root, source), os.path.join(folder, source))
    for made in contents.generated:
        _copy(os.path.join(root, made.path), os.path.join(folder, made.target))
    for path in beside(root, recipe.patterns):
        _copy(os.path.join(root, path), os.path.join(folder, path))
    if recipe.setup_file is not None:
        _copy(os.path.join(root, recipe.setup_file), os.path.join(folder, "setup.py"))


def beside(root: str, patterns: Iterable[str]) -> list[str]:
    """The files of the project that match."""
    found = {path for pattern in patterns for path in glob.glob(pattern, root_dir=root)}
    return sorted(path for path in found if os.path.isfile(os.path.join(root, path)))


def changed(before: Contents, after: Contents) -> list[str]:
    """The files that are not as they were, by their paths."""
    different: set[Source] = set(before.all) ^ set(after.all)
    return sorted({source.path for source in different})


def _copy(source: str, target: str) -> None:
    """Very large files are linked: nobody but us reads them, and a disk need not hold them twice."""
    if os.path.lexists(target):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.getsize(source) > LARGE:
        os.symlink(os.path.realpath(source), target)
    else:
        shutil.copyfile(source, target)
