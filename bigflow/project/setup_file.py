"""Turns the text of setup.py or project_setup.py into what its call of `bigflow.build` says, without running it."""

import re
from typing import NamedTuple

from bigflow.errors import Finding
from bigflow.project.declared import Declared, Said
from bigflow.project.layout import mentions_bigflow

_PROJECT_NAME = re.compile(rb"""^PROJECT_NAME[ \t]*(?::[^=\n]*)?=[ \t]*(["'])([^"'\\\n]+)\1[ \t]*(?:\#.*)?\r?$""", re.M)


class SetupFile(NamedTuple):
    """What one setup file says: by its call, and by its PROJECT_NAME."""

    call: Declared = Declared()
    project_name: Declared = Declared()
    findings: tuple[Finding, ...] = ()

    @property
    def fully_read(self) -> bool:
        return not self.call.unread and not self.project_name.unread


def read_setup_file(file: str, content: bytes) -> SetupFile:
    """Read the file's content. One that does not speak to us says nothing."""
    if not mentions_bigflow(content):
        return SetupFile()
    plain_name = _PROJECT_NAME.search(content.removeprefix(b"\xef\xbb\xbf"))
    if plain_name and b"bigflow" not in content:
        line = content[: plain_name.start()].count(b"\n") + 1
        said = Said("name", plain_name[2].decode("utf-8", "replace"), f"{file}:{line}")
        return SetupFile(project_name=Declared((said,)))
    return _parsed(file, content)


def _parsed(file: str, content: bytes) -> SetupFile:
    import ast  # late: most projects have only a plain PROJECT_NAME
    import warnings

    from bigflow.project.literals import read_calls, read_constant

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the user's file: it is not being run
            tree = ast.parse(content)
    except SyntaxError as error:
        return SetupFile(findings=(Finding(f"not valid Python: {error.msg}", f"{file}:{error.lineno or 1}"),))
    except ValueError as error:
        return SetupFile(findings=(Finding(f"not valid Python: {error}", file),))
    return SetupFile(read_calls(tree, file), read_constant(tree, "PROJECT_NAME", "name", file))
