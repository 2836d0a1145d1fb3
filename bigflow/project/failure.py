"""Turns the exception of a module that cannot be imported into one finding: module, file, line and reason."""

import traceback

from bigflow.errors import BigflowError, Finding


def explain(module: str, error: BaseException, package: str) -> Finding:
    """What stops `module`, at the deepest line that is the project's own."""
    return Finding(f"cannot import {module}: {_reason(error)}", _where(module, error, package), _hint(error, package))


def _reason(error: BaseException) -> str:
    if isinstance(error, BigflowError):
        return str(error)
    if isinstance(error, SystemExit):
        return f"it calls sys.exit({error.code!r}) when it is imported"
    lines = traceback.format_exception_only(error)
    return next((line for line in lines if not line.startswith(" ")), lines[0]).strip().partition("\n")[0]


def _where(module: str, error: BaseException, package: str) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}"
    place = _file(module)
    for frame, line in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] == package.partition(".")[0]:
            place = f"{frame.f_code.co_filename}:{line}"
    return place


def _file(module: str) -> str:
    """Where a module that did not even begin to run lies."""
    from importlib.util import find_spec

    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return ""
    return f"{spec.origin}:1" if spec is not None and spec.has_location else ""


def _hint(error: BaseException, package: str) -> str:
    if isinstance(error, BigflowError):
        return error.hint
    if isinstance(error, ModuleNotFoundError) and error.name:
        if error.name.endswith(("_pb2", "_pb2_grpc")):
            return "bigflow generate   makes it, if there is a .proto file for it"
        top = error.name.partition(".")[0]
        if top != package.partition(".")[0]:
            return f"is it installed here? add '{top}' to resources/requirements.in and install it"
        return f"the project has no module {error.name}"
    return ""
