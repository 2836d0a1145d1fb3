"""Turns a Node project into the paths that its script `build` leaves."""

import json
import os
import re

from bigflow.builder.node.opening import outputs
from bigflow.project.layout import read_bytes
from bigflow.project.node_package import NodePackage

SCRIPT = "build"
_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING = re.compile(r",(?=\s*[}\]])")


def compiled(root: str, package: NodePackage) -> tuple[str, ...]:
    """As the user says, else where the TypeScript compiler writes to; nothing where nobody knows."""
    if package.script(SCRIPT) is None:
        return ()
    said = outputs(package)
    if said is not None:
        return said
    folder = _out_dir(root)
    return (folder,) if folder is not None else ()


def _out_dir(root: str) -> str | None:
    """tsconfig.json is JSON with comments, and commas too many."""
    text = read_bytes(os.path.join(root, "tsconfig.json")).decode("utf-8-sig", "replace")
    plain = _TRAILING.sub("", _COMMENT.sub(lambda found: found[1] or "", text))
    try:
        document = json.loads(plain)
    except ValueError:  # the compiler will say so
        return None
    match document:
        case {"compilerOptions": {"outDir": str() as folder}}:
            inside = os.path.normpath(folder)
            return None if inside == "." or inside.startswith(("..", "/")) else inside
    return None
