"""Turns a parsed setup file into the arguments of its calls, as far as they are literals and constants of the file."""

import ast
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from bigflow.project.declared import Declared, Said, flattened

_SETUP = "bigflow.build.setup"
_NAMED_SETUP = "bigflow.build.default_project_setup"
_CONFIGURED_SETUP = "bigflow.build.project_setup"
_CONFIGURATION = "bigflow.build.auto_configuration"
_OUTER_FIRST = ((_SETUP, _NAMED_SETUP), (_CONFIGURED_SETUP,), (_CONFIGURATION,))
_DEFAULTS = ("setuptools.find_packages", "setuptools.find_namespace_packages")
EVERYTHING = "*"


class _UnreadableError(Exception):
    """The expression's value is known only to the running file."""


def read_calls(tree: ast.Module, file: str) -> Declared:
    """What the file's call of `bigflow.build` says. With several calls of a kind, only running tells which counts."""
    reader = _Reader(tree, file)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for names in _OUTER_FIRST:
        ours = [call for call in calls if reader.called(call) in names]
        if len(ours) == 1:
            return reader.arguments(ours[0])
        if ours:
            return Declared(unread=(EVERYTHING,))
    return Declared()


def read_constant(tree: ast.Module, name: str, key: str, file: str) -> Declared:
    """What the module's constant `name` says, as an answer for `key`."""
    reader = _Reader(tree, file)
    values = [value for target, value in _assignments(tree) if target == name]
    return reader.answer(key, values[-1]) if values else Declared()


class _Reader:
    """One setup file: what its imported names stand for, and its constants."""

    def __init__(self, tree: ast.Module, file: str) -> None:
        self._file = file
        self._imported = dict(_imports(tree))
        self._constants: dict[str, object] = {}
        stored = Counter(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
        for target, value in _assignments(tree):
            if stored[target] == 1:
                with suppress(_UnreadableError):
                    self._constants[target] = self._value(value)

    def called(self, call: ast.Call) -> str:
        """The dotted name of the called function, imports resolved."""
        first, dot, rest = ast.unparse(call.func).partition(".")
        return self._imported.get(first, first) + dot + rest

    def arguments(self, call: ast.Call) -> Declared:
        """What the call says. A later argument overrides an earlier one, as an explicit one does an unpacked one."""
        answers = [self._first(call)]
        for keyword in sorted(call.keywords, key=lambda keyword: keyword.arg is not None):
            if keyword.arg is None:
                answers.append(self._unpacked(keyword.value))
            else:
                answers.append(self.answer(keyword.arg, keyword.value))
        said = {said.key: said for answer in answers for said in answer.said if said.key != "project_dir"}
        unread = {key for answer in answers for key in answer.unread if key != "project_dir"}
        return Declared(tuple(said.values()), tuple(sorted(unread)))

    def answer(self, key: str, node: ast.expr) -> Declared:
        if isinstance(node, ast.Call) and self.called(node) in _DEFAULTS:
            return Declared()
        key = "name" if key == "project_name" else key
        try:
            return Declared(flattened(Said(key, self._value(node), self._place(node))))
        except _UnreadableError:
            return Declared(unread=(key,))

    def _first(self, call: ast.Call) -> Declared:
        """The shims begin with the project's name or with a configuration, `setup` with the project's folder."""
        if not call.args or self.called(call) == _SETUP:
            return Declared()
        return (
            self._unpacked(call.args[0])
            if self.called(call) == _CONFIGURED_SETUP
            else self.answer("name", call.args[0])
        )

    def _unpacked(self, node: ast.expr) -> Declared:
        if isinstance(node, ast.Call) and self.called(node) in (_CONFIGURATION, _CONFIGURED_SETUP):
            return self.arguments(node)
        try:
            values = self._value(node)
        except _UnreadableError:
            return Declared(unread=(EVERYTHING,))
        if not isinstance(values, dict):
            return Declared(unread=(EVERYTHING,))
        place = self._place(node)
        return Declared(
            tuple(said for key, value in values.items() for said in flattened(Said(str(key), value, place)))
        )

    def _place(self, node: ast.expr) -> str:
        return f"{self._file}:{node.lineno}"

    def _value(self, node: ast.expr) -> object:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name(id=name) if name in self._constants:
                return self._constants[name]
            case ast.List() | ast.Tuple() | ast.Set():
                return [self._value(element) for element in node.elts]
            case ast.Dict():
                return self._mapping(node)
            case ast.BinOp(op=ast.Add()):
                return _joined(self._value(node.left), self._value(node.right))
            case ast.JoinedStr():
                return "".join(self._text(part) for part in node.values)
        raise _UnreadableError

    def _mapping(self, node: ast.Dict) -> dict[object, object]:
        mapping: dict[object, object] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            inner = self._value(value)
            if key is not None:
                mapping[str(self._value(key))] = inner
            elif isinstance(inner, dict):
                mapping.update(inner)
            else:
                raise _UnreadableError
        return mapping

    def _text(self, part: ast.expr) -> str:
        if isinstance(part, ast.FormattedValue):
            if part.conversion != -1 or part.format_spec is not None:
                raise _UnreadableError
            part = part.value
        value = self._value(part)
        if not isinstance(value, str):
            raise _UnreadableError
        return value


def _joined(left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    raise _UnreadableError


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each imported name, and the dotted name that it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """`NAME = value` on the module's own level."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
