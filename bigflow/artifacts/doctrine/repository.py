"""What the rules are about, as plain values: what is tracked, what a build leaves, and who leaves that out."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

GITIGNORE = ".gitignore"
SUBMODULE, LINK = "160000", "120000"  # modes of git
Kind = Literal["output", "cache", "generated", "lock"]


class Tracked(NamedTuple):
    """A file that git's index has. Its size is None where it does not lie in the work tree."""

    path: str
    mode: str
    blob: str
    size: int | None = None
    kept_away: bool = False  # by a sparse checkout: it may not even be in this clone


class Output(NamedTuple):
    """Something that can be made again: where it lies, why that is no source, and the command that makes it."""

    pattern: str  # as in a .gitignore
    why: str
    again: str
    kind: Kind = "output"
    demanded: bool = True  # ignore files must know it, also before it is there
    for_image: bool = False  # images are made of it: it may be in the build context


class Ignoring(NamedTuple):
    """The line that decides over a path. One that begins with `!` lets it in again."""

    file: str
    line: int
    pattern: str

    @property
    def leaves_out(self) -> bool:
        return not self.pattern.startswith("!")

    @property
    def shared(self) -> bool:
        """Whether everybody who has the repository has this line; a user's own settings are absolute paths."""
        return self.file.rpartition("/")[2] == GITIGNORE and not self.file.startswith(("/", "~"))


class Context(NamedTuple):
    """What Docker would be sent for the project's Dockerfile, and which file of ignore lines says so."""

    ignore_file: str  # whether or not it is there
    files: tuple[tuple[str, int], ...] = ()  # what of the outputs is in it now, with sizes
    lets_in: tuple[str, ...] = ()  # the patterns of outputs that would be in it


class Secret(NamedTuple):
    """A place in a tracked file that looks like a secret; what it looks like, and never the secret itself."""

    path: str
    line: int
    kind: str


class Lock(NamedTuple):
    """A lock file that lies in the project, and the line that ignores it."""

    path: str
    ignored: Ignoring | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """The project's folder as git, Docker and the build see it. All paths are relative to it."""

    tracked: tuple[Tracked, ...] = ()
    outputs: tuple[Output, ...] = ()
    ignored: tuple[tuple[str, Ignoring | None], ...] = ()  # by pattern of an output: the line that decides over it
    ignore_lines: tuple[tuple[str, tuple[str, ...]], ...] = ()  # by file: its lines
    context: Context | None = None  # None: there is no Dockerfile
    locks: tuple[Lock, ...] = ()  # of a project whose locks are sources
    protos: Ignoring | None = None  # the line that decides over .proto files
    secrets: tuple[Secret, ...] = ()
