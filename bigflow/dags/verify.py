"""Turns the text of a DAG file into what the supported versions of Airflow would not accept of it."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bigflow.dags.tables import ANYTHING, Table
from bigflow.errors import Finding

OPERATOR = "airflow.providers.cncf.kubernetes.operators.pod:KubernetesPodOperator"
_OURS = ("airflow", "kubernetes")  # the packages that tables know


@dataclass(slots=True)
class _Use:
    """What a file asks of Airflow."""

    imports: list[list[tuple[str, ...]]] = field(default_factory=list)  # of each: the ways to have it, one by one
    names: dict[str, list[str]] = field(default_factory=dict)  # what a name in the file may stand for
    calls: dict[tuple[str, str], int] = field(default_factory=dict)  # callable and argument: where first


def verify(text: str, file: str, known: Iterable[Table]) -> list[Finding]:
    """What each Airflow would not accept, and what it would warn of."""
    try:
        tree = ast.parse(text, file)
    except SyntaxError as error:
        return [Finding(f"this is not Python: {error.msg}", f"{file}:{error.lineno}")]
    use = _Use()
    for statement in tree.body:
        _read_import(statement, use)
    _read_calls(tree, use)
    found: dict[tuple[str, int, str], dict[str, None]] = {}  # a problem, and the versions that have it
    for table in known:
        for line, problem, hint in (*_missing(use, table), *_refused(use, table)):
            found.setdefault((problem, line, hint), {})[str(table)] = None
    return [
        Finding(f"{problem} ({'; '.join(versions)})", f"{file}:{line}" if line else file, hint)
        for (problem, line, hint), versions in found.items()
    ]


def _read_import(statement: ast.stmt, use: _Use) -> None:
    """`from x import y`, by itself or as one of the ways of a `try`."""
    if isinstance(statement, ast.ImportFrom):
        ways = [[statement]]
    elif isinstance(statement, ast.Try):
        bodies = [statement.body, *(handler.body for handler in statement.handlers)]
        ways = [[one for one in body if isinstance(one, ast.ImportFrom)] for body in bodies]
    else:
        return
    read = [tuple(_imported(way, use)) for way in ways]
    if any(read):
        use.imports.append(read)


def _imported(way: list[ast.ImportFrom], use: _Use) -> Iterator[str]:
    for statement in way:
        for alias in statement.names:
            if statement.module and statement.module.partition(".")[0] in _OURS:
                name = f"{statement.module}:{alias.name}"
                use.names.setdefault(alias.asname or alias.name, []).append(name)
                yield name


def _read_calls(tree: ast.Module, use: _Use) -> None:
    """Calls of what was imported; what `default_args` and functions with `**settings` hand on is for the operator."""
    nodes = list(ast.walk(tree))
    tables = _dicts(nodes)
    handing_on = {
        node.name: {argument.arg for argument in node.args.args}
        for node in nodes
        if isinstance(node, ast.FunctionDef) and node.args.kwarg is not None
    }
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        names = _names(node.func, use)
        own = handing_on.get(node.func.id) if isinstance(node.func, ast.Name) else None
        for keyword in node.keywords:
            if keyword.arg == "default_args" and names:
                for argument, line in _keys(keyword.value, tables):
                    use.calls.setdefault((OPERATOR, argument), line)
            if keyword.arg is not None:
                handed = [OPERATOR] if own is not None and keyword.arg not in own else []
                for name in (*names, *handed):
                    use.calls.setdefault((name, keyword.arg), keyword.lineno)


def _names(function: ast.expr, use: _Use) -> list[str]:
    """`DAG`, or `k8s.V1Volume`."""
    if isinstance(function, ast.Name):
        return use.names.get(function.id, [])
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return [f"{name.replace(':', '.')}:{function.attr}" for name in use.names.get(function.value.id, [])]
    return []


def _dicts(nodes: Iterable[ast.AST]) -> dict[str, list[ast.Dict]]:
    """The dicts that a name of the file may stand for."""
    found: dict[str, list[ast.Dict]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _keys(value: ast.expr, tables: dict[str, list[ast.Dict]]) -> list[tuple[str, int]]:
    """The keys of a dict, each with its line, and those of the dicts that are unpacked into it."""
    if isinstance(value, ast.Name):
        return [key for one in tables.get(value.id, []) for key in _keys(one, tables)]
    if not isinstance(value, ast.Dict):
        return []
    plain = [(key.value, key.lineno) for key in value.keys if isinstance(key, ast.Constant) and type(key.value) is str]
    unpacked = (one for key, one in zip(value.keys, value.values, strict=True) if key is None)
    return [*plain, *(key for one in unpacked for key in _keys(one, tables))]


def _missing(use: _Use, table: Table) -> Iterator[tuple[int, str, str]]:
    for ways in use.imports:
        if not any(all(_has(table, name) for name in way) for way in ways):
            gone = next(name for name in ways[-1] if not _has(table, name))
            yield 0, f"there is no {gone.replace(':', '.')}", "import it from where that version has it"


def _has(table: Table, name: str) -> bool:
    """A module counts as there if the table knows something of it."""
    return name in table.accepts or any(known.startswith(f"{name.replace(':', '.')}:") for known in table.accepts)


def _refused(use: _Use, table: Table) -> Iterator[tuple[int, str, str]]:
    for (name, argument), line in use.calls.items():
        accepted = table.accepts.get(name)
        if accepted is None:  # the way to import it that this version does not take
            continue
        short = name.rpartition(":")[2]
        if argument not in accepted and ANYTHING not in accepted:
            yield line, f"{short} has no argument {argument!r}", "leave it out"
        elif said := table.deprecated.get(short, {}).get(argument):
            yield line, f"{short} warns of the argument {argument!r}: {said}", "leave it out"
