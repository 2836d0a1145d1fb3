"""Turns .proto files into the folder that their imports begin at, and the modules that they become."""

import re
from collections.abc import Iterable, Mapping

_COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')', re.DOTALL)
_IMPORT = re.compile(r"""^[ \t]*import\s+(?:public\s+|weak\s+|option\s+)?["']([^"'\n]+)["']\s*;""", re.MULTILINE)
_PYTHON_IMPORTS = (  # in the only forms that protoc writes
    re.compile(r"^(?P<head>import )(?P<module>\w+_pb2)(?P<tail> as \w+)$"),
    re.compile(r"^(?P<head>from )(?P<above>[\w.]+) import (?P<name>\w+_pb2)(?P<tail>(?: as \w+)?)$"),
    re.compile(r"^(?P<head>from )(?P<module>[\w.]+_pb2)(?P<tail> import .+)$"),
    re.compile(r"(?P<head>importlib\.import_module\(')(?P<module>[\w.]+_pb2)(?P<tail>'\))"),
)


def imports_of(text: str) -> tuple[str, ...]:
    """The files that a .proto imports, as it calls them."""
    return tuple(_IMPORT.findall(_COMMENT.sub(lambda found: found[1] or " ", text)))


def import_root(protos: Mapping[str, Iterable[str]]) -> str:
    """The folder from which most imports between these files can be followed: of several, the deepest.

    `protos` has the imports of each file, by its path in the project. What cannot be followed at all, protoc tells.
    """
    parts = [path.split("/")[:-1] for path in protos]
    common: list[str] = []
    for names in zip(*parts, strict=False):
        if len(set(names)) > 1:
            break
        common.append(names[0])
    wanted = {one for imports in protos.values() for one in imports}
    folders = ["".join(f"{name}/" for name in common[:length]) for length in range(len(common), -1, -1)]
    return max(folders, key=lambda folder: sum(f"{folder}{one}" in protos for one in wanted)).rstrip("/")


def module_of(virtual: str) -> str:
    """The module that protoc makes of a file, whose path is from the root: `deep/a-b.proto` -> `deep.a_b_pb2`."""
    return virtual.removesuffix(".proto").replace("-", "_").replace("/", ".") + "_pb2"


def moved(code: str, modules: frozenset[str], package: str) -> str:
    """Code of protoc that lies in a package: its imports of other such modules, which it thinks at the top, follow."""
    lines = code.split("\n")
    return "\n".join(_moved(line, modules, package) for line in lines) if package else code


def _moved(line: str, modules: frozenset[str], package: str) -> str:
    for form in _PYTHON_IMPORTS:
        found = form.search(line)
        if found is None:
            continue
        groups = found.groupdict()
        module = groups.get("module") or f"{groups['above']}.{groups['name']}"
        if module not in modules:
            return line
        if "above" in groups:
            return f"from {package}.{groups['above']} import {groups['name']}{groups['tail']}"
        if groups["head"] == "import ":
            return f"from {package} import {module}{groups['tail']}"
        return form.sub(rf"\g<head>{package}.\g<module>\g<tail>", line)
    return line
