"""Turns a project without open changes into a tagged version of it, here and at `origin`."""

from typing import NamedTuple

from bigflow.errors import Finding, UsageError
from bigflow.project.bump import Part, Tagged, bumped, chosen
from bigflow.project.git import Commit, NoRepository, PushFailed, Repository, open_repository
from bigflow.project.spec import ProjectSpec
from bigflow.project.version import uncommitted


class Wish(NamedTuple):
    """What the user asks of a release."""

    part: Part = "minor"
    version: str | None = None  # wins over the part
    push: bool = True
    identity_file: str | None = None  # the ssh key to push with


class Release(NamedTuple):
    """A version that was tagged, and where it is known now."""

    version: str
    tag: str
    commit: str
    before: str | None  # the version before it
    pushed_to: str | None  # the address of origin
    undo: str  # the command that takes it back
    notices: tuple[Finding, ...] = ()


def release(spec: ProjectSpec, wish: Wish) -> Release:
    """Tag the commit that lies there, and push the tag. Nothing has changed when this raises."""
    repository, head = _ready(spec)
    last = next((Tagged(*found) for found in reversed(repository.versions_before(head.hash))), None)
    new = bumped(last, wish.part) if wish.version is None else chosen(last, wish.version)
    _refuse_known(repository, new)
    origin = repository.origin()
    notices = tuple(_notices(repository, head, origin, wish))
    repository.tag(new.tag, f"{spec.name} {new.number.text}")
    pushed_to = origin if wish.push else None
    if pushed_to:
        _push(repository, new.tag, wish.identity_file)
    return Release(
        version=new.number.text,
        tag=new.tag,
        commit=head.hash,
        before=last.number.text if last else None,
        pushed_to=pushed_to,
        undo=f"git push --delete origin {new.tag} && git tag -d {new.tag}" if pushed_to else f"git tag -d {new.tag}",
        notices=notices,
    )


def _ready(spec: ProjectSpec) -> tuple[Repository, Commit]:
    """The repository and the commit to release; an error when a tag would not tell what is built."""
    if spec.version is not None:
        raise UsageError(
            f"the version is written down as {spec.version}: a tag would not change it",
            where=spec.where("version"),
            hint="remove `version` there, and git's tags decide; or change it there, without `bigflow release`",
        )
    repository = open_repository(spec.root)
    if isinstance(repository, NoRepository):
        raise UsageError(f"nothing to tag: {repository.reason}", where=spec.root, hint=repository.hint)
    head = repository.commit()
    if head is None:
        raise UsageError("nothing to tag: there is no commit yet", hint="git add . && git commit -m start")
    if repository.shallow:
        raise UsageError(
            "this clone is shallow: the versions before this one may be missing here",
            hint="git fetch --unshallow --tags   (in CI: a checkout with full history and tags)",
        )
    if change := uncommitted(repository, head, spec):
        raise UsageError(
            f"a version would not tell what lies here: there are {change}",
            where=repository.toplevel,
            hint="git status shows them; commit them, or put them aside with git stash --include-untracked",
        )
    return repository, head


def _refuse_known(repository: Repository, new: Tagged) -> None:
    """Also under another prefix, and on other branches: two different builds must not get one version."""
    for tag, number in repository.versions():
        if number.key == new.number.key:
            raise UsageError(
                f"the version {new.number.text} exists already: it is the tag {tag}",
                hint=f"git log -1 {tag} shows of what; --patch, --major or --version choose another one",
            )


def _notices(repository: Repository, head: Commit, origin: str | None, wish: Wish) -> list[Finding]:
    notices = []
    if also := repository.versions_at(head.hash):
        notices.append(Finding(f"this very commit is {also[-1][1].text}, too: nothing was committed since"))
    if not repository.knows_author():
        hint = "git config --global user.name and user.email"
        notices.append(Finding("git does not know who you are: the tag was made by nobody", hint=hint))
    if wish.push and origin is None:
        notices.append(
            Finding("nothing was pushed: the repository has no origin", hint="git remote add origin ADDRESS")
        )
    return notices


def _push(repository: Repository, tag: str, identity_file: str | None) -> None:
    try:
        repository.push_tag(tag, identity_file)
    except PushFailed as error:
        repository.remove_tag(tag)
        raise PushFailed(
            f"{error.message}; the tag was taken away again",
            where=error.where,
            hint="bigflow release again, when origin can be reached; --no-push tags without it",
        ) from None
    except BaseException:
        repository.remove_tag(tag)
        raise
