"""Imports a third-party module where it is needed, and says what to install where it is missing."""

from importlib import import_module
from types import ModuleType

from bigflow.errors import UsageError


def need(module: str, purpose: str) -> ModuleType:
    """The module `module`, or an error that says what it is needed for."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        raise UsageError(
            f"{purpose} needs the package '{error.name}', which is not installed here",
            hint="pip install bigflow-framework   (pods carry only the framework's runtime, which does without it)",
        ) from None
