"""Turns the user's pip configuration into the variables that make uv look in the same places."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bigflow.errors import UsageError

_UV_PLACES = ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_CONFIG_FILE")
_UV_SAYS = re.compile(
    r"^\s*(?:\[\[?(?:tool\.uv\.)?index\b|(?:extra-|default-)?index(?:-url)?\s*=|find-links\s*=)", re.M
)
_CONNECTION = {
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}
_TRUE = ("1", "true", "yes", "on")


class UvSettings(NamedTuple):
    """What uv is told beyond what the user told it: variables, which no list of processes shows, and options."""

    variables: Mapping[str, str]
    options: tuple[str, ...] = ()


def uv_settings(environment: Mapping[str, str], root: str, prefix: str) -> UvSettings:
    """What pip was told and uv was not. `prefix` is the sys.prefix of the interpreter whose pip it would be.

    Where uv has been told of any index, in its own way, pip's are not looked at.
    """
    pip = _pip_settings(environment, prefix)
    variables = {variable: pip[key] for key, variable in _CONNECTION.items() if pip.get(key)}
    if hosts := pip.get("trusted-host", "").split():
        variables["UV_INSECURE_HOST"] = " ".join(hosts)
    if pip.get("keyring-provider", "auto") not in ("auto", "disabled"):
        variables["UV_KEYRING_PROVIDER"] = "subprocess"
    options: tuple[str, ...] = ()
    if not _uv_knows_places(environment, root):
        variables |= _places(pip)
        options = ("--no-index",) if pip.get("no-index", "").lower() in _TRUE else ()
    return UvSettings({name: value for name, value in variables.items() if name not in environment}, options)


def _places(pip: Mapping[str, str]) -> dict[str, str]:
    """The indexes and folders. As pip does, uv is to take the best version of all of them."""
    found = {}
    if index := pip.get("index-url", "").strip():
        found["UV_DEFAULT_INDEX"] = index
    if more := pip.get("extra-index-url", "").split():
        found["UV_EXTRA_INDEX_URL"] = " ".join(more)
    if links := [link for link in pip.get("find-links", "").split() if "://" in link or os.path.exists(_full(link))]:
        found["UV_FIND_LINKS"] = ",".join(link if "://" in link else _full(link) for link in links)
    return found | {"UV_INDEX_STRATEGY": "unsafe-best-match"} if found else {}


def _full(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def _uv_knows_places(environment: Mapping[str, str], root: str) -> bool:
    return any(environment.get(name) for name in _UV_PLACES) or any(
        _UV_SAYS.search(_read(path)) for path in _uv_files(environment, root)
    )


def _uv_files(environment: Mapping[str, str], root: str) -> Iterator[str]:
    home = environment.get("XDG_CONFIG_HOME") or os.path.join(environment.get("HOME", "/"), ".config")
    yield from (os.path.join(root, name) for name in ("uv.toml", "pyproject.toml"))
    yield from (os.path.join(folder, "uv", "uv.toml") for folder in (home, "/etc"))


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _pip_settings(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    """As `pip config list` of `pip install` tells them: the later a place, the more it counts."""
    import configparser  # late: as long as nothing has to be done, nothing of pip's has to be known

    settings: dict[str, str] = {}
    for path in _pip_files(environment, prefix):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError) as error:
            reason = str(error).splitlines()[0].replace(path, "the file")
            raise UsageError(f"the configuration of pip cannot be read: {reason}", where=path) from None
        for section in ("global", "install"):
            if parser.has_section(section):
                settings.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    for name, value in environment.items():
        if name.startswith("PIP_") and value:
            settings[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return settings


def _pip_files(environment: Mapping[str, str], prefix: str) -> Iterator[str]:
    chosen = environment.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return
    home = environment.get("HOME", "/")
    config = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    folders = [*environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    if sys.platform == "darwin":
        folders = ["/Library/Application Support"]
        config = next(filter(os.path.isdir, [os.path.join(home, "Library/Application Support/pip")]), config)
        config = os.path.dirname(config) if config.endswith("/pip") else config
    yield from (os.path.join(folder, "pip", "pip.conf") for folder in folders if folder)
    yield "/etc/pip.conf"
    if not os.path.exists(chosen):
        yield from (os.path.join(home, ".pip", "pip.conf"), os.path.join(config, "pip", "pip.conf"))
    yield os.path.join(prefix, "pip.conf")
    if chosen:
        yield chosen
