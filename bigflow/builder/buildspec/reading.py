"""Turns the nodes of a file into texts, flags and tables, while it collects what is wrong or odd about them."""

from collections.abc import Iterable

from bigflow.builder.buildspec.grammar import Pairs
from bigflow.builder.buildspec.yaml_nodes import Items, Node, Table, Text
from bigflow.errors import Finding, nearest

_FLAGS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


class Reading:
    """One pass over a file. What bends the grammar is a warning; what cannot be meant in any way is an error."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []

    def wrong(self, message: str, line: int, hint: str = "") -> None:
        self.errors.append(Finding(message, f"{self.file}:{line}", hint))

    def odd(self, message: str, line: int, hint: str = "") -> None:
        self.warnings.append(Finding(message, f"{self.file}:{line}", hint))

    def table(self, node: Node | None, what: str, known: Iterable[str] = ()) -> dict[str, Node]:
        """The entries by their keys; a key that nobody knows is told and passed over. Without `known` all are."""
        if node is None or (isinstance(node, Text) and node.empty):
            return {}
        if not isinstance(node, Table):
            self.wrong(f"{what} must be a table of keys and values", node.line)
            return {}
        found: dict[str, Node] = {}
        known = tuple(known)
        for key, value in node.entries:
            if known and key.value not in known:
                self._unknown(key, what, known)
                continue
            if key.value in found and key.line > found[key.value].line:
                self.odd(f"{what} has {key.value!r} twice; the last one counts", key.line)
            found[key.value] = value
        return found

    def text(self, node: Node | None, what: str) -> str | None:
        """None when nothing is said."""
        match node:
            case None | Text(empty=True):
                return None
            case Text():
                return node.value
        self.wrong(f"{what} must be a text", node.line)
        return None

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        """A list of texts; one text without its dash is taken for a list of one."""
        match node:
            case None | Text(empty=True):
                return ()
            case Text():
                self.odd(f"{what} should be a list: `- {node.value}`", node.line)
                return (node.value,)
            case Items():
                return tuple(text for one in node.nodes if (text := self.text(one, f"each of {what}")) is not None)
        self.wrong(f"{what} must be a list", node.line)
        return ()

    def pairs(self, node: Node | None, what: str) -> Pairs:
        """A table of texts; what has no value is empty."""
        table = self.table(node, what)
        return tuple((name, self.text(value, f"{what}.{name}") or "") for name, value in table.items())

    def flag(self, node: Node | None, what: str) -> bool:
        """`yes`, `no` and their relatives; no when nothing is said."""
        said = self.text(node, what)
        if said is None or node is None:
            return False
        if said.lower() not in _FLAGS:
            self.wrong(f"{what} cannot be {said!r}", node.line, "yes or no")
        return _FLAGS.get(said.lower(), False)

    def _unknown(self, key: Text, what: str, known: tuple[str, ...]) -> None:
        meant = nearest(key.value, known)
        hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(known)}"
        self.odd(f"{what} has no key {key.value!r}; it is passed over", key.line, hint)


def line_of(node: Node | None) -> int:
    """0 when there is none."""
    return 0 if node is None else node.line
