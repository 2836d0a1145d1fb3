"""Turns the user's sources into a copy in which a stranger's commands can do no harm to them."""

import os
import shutil
from collections.abc import Iterator

from bigflow._files import unwritable
from bigflow.project.git import NoRepository, Repository, open_repository

OUTPUTS = (".bigflow", "build/artifacts", "build/reports", "build/exported-variables.json")  # what builds leave
_ABSENT_FROM_COPY = (*OUTPUTS, "build/report.html", ".venv")


def copy_sources(root: str, target: str) -> int:
    """As CodeBuild would get them: what git knows, and what is new and not ignored. Gives the number of files."""
    repository = open_repository(root)
    known = isinstance(repository, Repository)
    paths = repository.files() if isinstance(repository, Repository) else tuple(_all_below(root))
    count = 0
    try:
        for path in paths:
            if not _is_output(path):
                count += _copied(os.path.join(root, path), os.path.join(target, path))
        if known:
            _copy_history(root, target)
    except OSError as error:
        raise unwritable(error.filename2 or error.filename or target, error) from error
    return count


def source_facts(root: str) -> tuple[str, str]:
    """Where the sources come from, and their commit; what is not known is empty."""
    repository = open_repository(root)
    if isinstance(repository, NoRepository):
        return root, ""
    commit = repository.commit()
    return repository.origin() or root, commit.hash if commit else ""


def _copied(source: str, target: str) -> int:
    if os.path.isdir(source) and not os.path.islink(source):  # a repository in the repository
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        return 1
    if not os.path.islink(source) and not os.path.isfile(source):
        return 0
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
    return 1


def _all_below(root: str) -> Iterator[str]:
    for parent, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not _is_output(os.path.relpath(os.path.join(parent, name), root))]
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in (*names, *links):
            yield os.path.relpath(os.path.join(parent, name), root)


def _is_output(path: str) -> bool:
    return any(path == output or path.startswith(f"{output}/") for output in _ABSENT_FROM_COPY)


def _copy_history(root: str, target: str) -> None:
    """git answers in the copy too. Its objects are only read where they are; hooks are the user's own."""
    git = os.path.join(root, ".git")
    if not os.path.isdir(git):  # a folder of a repository, or a linked work tree: writing there would reach the user's
        return
    copy = os.path.join(target, ".git")
    left_out = {"objects", "hooks", "worktrees", "index.lock"}
    shutil.copytree(git, copy, symlinks=True, ignore=lambda folder, names: left_out if folder == git else set())
    os.makedirs(os.path.join(copy, "objects", "info"))
    with open(os.path.join(copy, "objects", "info", "alternates"), "w", encoding="utf-8") as file:
        file.write(f"{os.path.join(git, 'objects')}\n")
