"""Turns the framework that is running into the words that install the very same one elsewhere."""

import hashlib
import json
import os
from collections.abc import Iterable
from typing import NamedTuple

import bigflow
from bigflow._version import __version__
from bigflow.errors import UsageError

_DISTRIBUTION = "bigflow-framework"
_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(bigflow.__file__)))


class OwnSource(NamedTuple):
    """What an installer is told. `identity` is another one when an installation has to be repeated."""

    words: tuple[str, ...]
    identity: str


def own_source(path: Iterable[str]) -> OwnSource:
    """As the metadata says that lies in one of the folders `path` (sys.path); without any, this is a checkout."""
    found = next((metadata for folder in path if (metadata := _metadata(folder))), None)
    if found is None:
        return _checkout(_ROOT)
    try:
        with open(os.path.join(found, "direct_url.json"), encoding="utf-8") as file:
            return _recorded(json.load(file))
    except FileNotFoundError:
        return _same((f"{_DISTRIBUTION}=={__version__}",))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"the record of where bigflow-framework came from cannot be read: {error}", where=found
        ) from None


def _recorded(told: dict[str, str | dict[str, str | bool]]) -> OwnSource:
    """PEP 610: a folder, an archive, or a commit of a repository."""
    url, folder, repository = str(told["url"]), told.get("dir_info"), told.get("vcs_info")
    if isinstance(repository, dict):
        return _same((f"{_DISTRIBUTION} @ {repository['vcs']}+{url}@{repository['commit_id']}",))
    if not url.startswith("file:"):
        return _same((f"{_DISTRIBUTION} @ {url}",))
    from urllib.parse import unquote, urlsplit  # late: an installation from an index needs it not

    path = unquote(urlsplit(url).path)
    if isinstance(folder, dict) and folder.get("editable"):
        return _checkout(path)
    if not os.path.exists(path):
        raise UsageError(
            f"bigflow-framework was installed here from {path}, which is gone",
            hint="install it again, for example from the package index: pip install bigflow-framework",
        )
    return _same((f"{_DISTRIBUTION} @ {url}",))


def _checkout(path: str) -> OwnSource:
    """Its code is read where it lies; what it requires stands in its pyproject.toml."""
    try:
        with open(os.path.join(path, "pyproject.toml"), "rb") as file:
            requires = hashlib.sha256(file.read()).hexdigest()
    except OSError:
        raise UsageError(
            f"the bigflow-framework that runs here is neither installed nor a checkout: {path}",
            hint="pip install bigflow-framework",
        ) from None
    return OwnSource(("--editable", path), f"{path} {requires}")


def _same(words: tuple[str, ...]) -> OwnSource:
    return OwnSource(words, f"{__version__} {' '.join(words)}")


def _metadata(folder: str) -> str:
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return ""
    name = next((one for one in names if one.startswith("bigflow_framework-") and one.endswith(".dist-info")), "")
    return os.path.join(folder, name) if name else ""
