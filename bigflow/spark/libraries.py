"""Turns the name of a cloud's library into the module, or into an error that says what to require."""

from types import ModuleType

from bigflow._optional import need
from bigflow.errors import UsageError


def library(module: str, requirement: str, purpose: str) -> ModuleType:
    """A module that the project brings: pods have only what it requires."""
    try:
        return need(module, purpose)
    except UsageError as error:
        hint = f"add {requirement} to resources/requirements.in, then: bigflow build-requirements && bigflow install"
        raise UsageError(error.message, hint=hint) from None
