"""Reads the process's surroundings (environment variables, clock) for public calls that are not told them."""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from time import monotonic, process_time

from bigflow.errors import UsageError


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def stopwatch() -> float:
    """Seconds since some fixed point, unmoved by changes of the clock."""
    return monotonic()


def cpu_time() -> float:
    """Seconds of CPU time that this process has used since it began, without what it started."""
    return process_time()


def variable(name: str, environment: str | None = None) -> str | None:
    """The value of `name`: as written, in capitals (as Kubernetes secrets arrive), then from `.env.<environment>`."""
    for spelling in (name, name.upper()):
        if spelling in os.environ:
            return os.environ[spelling]
    local = _dotenv(environment)
    return local.get(name, local.get(name.upper()))


def variables(prefix: str, environment: str | None = None) -> dict[str, str]:
    """Every variable that begins with `prefix`, by the rest of its name; precedence is that of `variable`.

    Capitals give no hint of the spelling that was meant: the rest of such a name is put in small letters.
    """
    spellings: dict[str, Callable[[str], str]] = {prefix.upper(): str.lower, prefix: str}
    found: dict[str, str] = {}
    for source in (_dotenv(environment), os.environ):  # what comes later wins
        for spelling, rest in spellings.items():
            names = [name for name in source if name.startswith(spelling) and name != spelling]
            found.update({rest(name[len(spelling) :]): source[name] for name in names})
    return found


def environment() -> Mapping[str, str]:
    """All variables as they are: what a process that we start inherits."""
    return os.environ


def local_variables(environment: str) -> Mapping[str, str]:
    """What `.env.<environment>` in the current folder says, and nothing else."""
    return _dotenv(environment)


def set_variable(name: str, value: str | None) -> str | None:
    """Set a variable of this process, or take it away; gives what it was."""
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value
    return before


def environment_name() -> str | None:
    """The configuration environment that this process was started for (`bf_env`), if any."""
    return variable("bf_env") or None


def in_pod() -> bool:
    """Whether this process runs in a Kubernetes pod, where files of a developer's machine have no say."""
    return "KUBERNETES_SERVICE_HOST" in os.environ


def _dotenv(environment: str | None) -> Mapping[str, str]:
    """The `NAME=value` lines of `.env.<environment>` in the current folder: comments, quotes, `export` understood."""
    if environment is None or "/" in environment or "\0" in environment or in_pod():
        return {}
    path = f".env.{environment}"
    try:
        with open(path, encoding="utf-8-sig") as file:  # -sig: some editors begin a file with a byte order mark
            return dict(_assignments(file.read()))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text", where=path, hint=f"save {path} as UTF-8") from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", where=path, hint=f"make {path} a readable file, or remove it"
        ) from None


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):  # not splitlines: a value may hold the rarer line separators
        name, equals, value = line.partition("=")
        words = name.split()
        if words[:1] == ["export"]:
            words = words[1:]
        if equals and len(words) == 1 and not words[0].startswith("#"):
            yield words[0], _unquoted(value.strip())


def _unquoted(value: str) -> str:
    """What a shell would read, of the plainest kind: a quoted text as it is, a bare one up to a comment."""
    quote = value[:1]
    if quote in ("'", '"'):
        inside, closing, after = value[1:].partition(quote)
        if closing and (not after.strip() or after.lstrip().startswith("#")):
            return inside
    if value.startswith("#"):
        return ""
    return value.partition(" #")[0].rstrip()
