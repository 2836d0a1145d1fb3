"""Turns the text of a YAML file into nodes that know their lines: texts, lists and tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bigflow._optional import need
from bigflow.errors import UsageError

if TYPE_CHECKING:
    from yaml.nodes import MappingNode as YamlMapping
    from yaml.nodes import Node as YamlNode

_NULL, _MERGE = "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as it is written: `3.10` is not 3.1, and `no` is no boolean yet."""

    value: str
    line: int
    empty: bool = False  # nothing, `~` or null


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with all its entries, in their order; a key can be there twice."""

    entries: tuple[tuple[Text, "Node"], ...]
    line: int


Node: TypeAlias = Text | Items | Table


def read_yaml(text: str, file: str) -> Node | None:
    """The one document that the text holds; None when it holds nothing. UsageError with the line of what is wrong."""
    yaml = need("yaml", "a buildspec")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}" if mark else file
        raise UsageError(
            f"this is not YAML: {error.problem}", where=where, hint=_tabs(text, error.context or "")
        ) from None
    except yaml.YAMLError as error:
        raise UsageError(f"this is not YAML: {' '.join(str(error).split())}", where=file) from None
    except RecursionError:
        raise UsageError("this is nested too deeply to be read", where=file) from None
    return None if root is None else _Converter(file).node(root)


class _Converter:
    """An anchor that is used again and again is converted once; one that contains itself is an error."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._done: dict[int, Node] = {}
        self._open: set[int] = set()

    def node(self, node: "YamlNode") -> Node:
        if id(node) in self._open:
            raise UsageError("an anchor contains itself", where=self._where(node))
        if id(node) not in self._done:
            self._open.add(id(node))
            self._done[id(node)] = self._converted(node)
            self._open.discard(id(node))
        return self._done[id(node)]

    def _converted(self, node: "YamlNode") -> Node:
        from yaml.nodes import MappingNode, SequenceNode  # late: only buildspecs need it

        line = node.start_mark.line + 1
        if isinstance(node, SequenceNode):
            return Items(tuple(self.node(one) for one in node.value), line)
        if isinstance(node, MappingNode):
            return Table(tuple(self._entries(node)), line)
        return Text(node.value, line, node.tag == _NULL)

    def _entries(self, node: "YamlMapping") -> Iterator[tuple[Text, Node]]:
        """What `<<` brings in comes first: what stands in the table itself counts more."""
        for key, value in node.value:
            if key.tag == _MERGE:
                yield from self._merged(self.node(value))
        for key, value in node.value:
            if key.tag == _MERGE:
                continue
            name = self.node(key)
            if not isinstance(name, Text):
                raise UsageError("a key must be a text", where=self._where(key))
            yield name, self.node(value)

    def _merged(self, node: Node) -> Iterator[tuple[Text, Node]]:
        match node:
            case Table():
                yield from node.entries
            case Items():
                for one in reversed(node.nodes):
                    yield from self._merged(one)

    def _where(self, node: "YamlNode") -> str:
        return f"{self._file}:{node.start_mark.line + 1}"


def _tabs(text: str, hint: str) -> str:
    indents = (line[: len(line) - len(line.lstrip())] for line in text.splitlines())
    return "indent with spaces: YAML knows no tabs" if any("\t" in indent for indent in indents) else hint
