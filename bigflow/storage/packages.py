"""Turns the name of a cloud's module into the module, or into an error that names the extra which brings it."""

from types import ModuleType
from typing import Literal

from bigflow._optional import need
from bigflow.errors import UsageError

Extra = Literal["aws", "gcp"]

_PURPOSE = {"aws": "signing in to AWS", "gcp": "signing in to Google Cloud"}


def package(module: str, extra: Extra) -> ModuleType:
    """A module of the package by which a cloud knows who we are."""
    try:
        return need(module, _PURPOSE[extra])
    except UsageError as error:
        raise UsageError(error.message, hint=f"pip install 'bigflow-framework[{extra}]'") from None
