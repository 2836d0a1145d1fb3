"""Turns what a buildspec and the user's surroundings say into the variables that its commands begin with."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from bigflow.builder.buildspec.grammar import Buildspec
from bigflow.errors import BigflowError, Finding, InvalidProject, OutsideError

_RESERVED = ("CODEBUILD_", "BIGFLOW_", "XDG_")
# They belong to the interpreter, the git hook or the shell around us, or lead to the user's own folders.
_NOT_INHERITED = {
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONSAFEPATH",
    "PYTHONUSERBASE",
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
    "PIP_CACHE_DIR",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "BASH_ENV",
    "ENV",
    "CDPATH",
    "OLDPWD",
    "PWD",
    "SHLVL",
    "_",
}
_REGION = "us-east-1"


class Remote(NamedTuple):
    """Who knows the values that a buildspec does not say itself."""

    parameter: Callable[[str], str]
    secret: Callable[[str], str]


class Values(NamedTuple):
    """What `env` comes to, and which of the values nobody may see."""

    variables: dict[str, str]
    secrets: tuple[str, ...]


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """What commands get of the variables that we were started with."""
    kept = {
        name: value
        for name, value in environment.items()
        if name not in _NOT_INHERITED and not name.startswith(_RESERVED)
    }
    region = kept.get("AWS_DEFAULT_REGION") or kept.get("AWS_REGION") or _REGION
    return kept | {"AWS_DEFAULT_REGION": region, "AWS_REGION": region}


def values(spec: Buildspec, local: Mapping[str, str], file: str, remote: Remote) -> Values:
    """What `env` says. Nobody is asked for what stands in the local file."""
    said = spec.variables
    found = dict(said.plain)
    secrets: list[str] = []
    findings: list[Finding] = []
    outside = False
    asked = [(name, wish, remote.parameter) for name, wish in said.parameters]
    asked += [(name, wish, remote.secret) for name, wish in said.secrets]
    for name, wish, ask in asked:
        try:
            found[name] = local[name] if name in local else ask(wish)
            secrets.append(found[name])
        except BigflowError as error:
            outside = outside or isinstance(error, OutsideError)
            hint = "; ".join(filter(None, (error.hint, f"or write a line {name}=... into {file}")))
            findings.append(Finding(f"{name}: {error.message}", spec.where(said.line), hint))
    if findings:
        raise _Unknown(findings) if outside else InvalidProject(findings)
    return Values(found, tuple(secrets))


class _Unknown(OutsideError):
    """AWS was asked for values, and gave none."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings[0].message, where=findings[0].where, hint=findings[0].hint)
        self._all = tuple(findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._all
