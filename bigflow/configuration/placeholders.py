"""Turns text with `{name}` placeholders into text with values.

Only braces that touch a name on both sides mean something; JSON, SQL and templates of others keep theirs:

    {name}      the value of the property, or left alone when there is no such property
    {{name}}    the text `{name}`
    {{{name}}}  the value in braces, and so on: each further pair of braces is one step
"""

import re
from collections.abc import Iterable, Iterator, Mapping

_IN_BRACES = re.compile(r"(\{+)(\w[\w.-]*)(\}+)")

# How alike an unknown name and a property must be to be a slip of the pen. Stricter than for a command's spelling:
# there something is wrong for certain, here a text may well hold a `{date}` that is no business of ours.
_SLIP = 0.85


def placeholders(text: str) -> Iterator[str]:
    """The names that `text` asks for, whether they exist or not."""
    for match in _IN_BRACES.finditer(text):
        if _depth(match) % 2:
            yield match[2]


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with the placeholders of `values` replaced and escapes undone."""

    def replacement(match: re.Match[str]) -> str:
        opening, name, closing = match.groups()
        depth = _depth(match)
        inner = values.get(name, f"{{{name}}}") if depth % 2 else name
        literal = depth // 2
        return f"{opening[depth:]}{'{' * literal}{inner}{'}' * literal}{closing[depth:]}"

    return _IN_BRACES.sub(replacement, text)


def slip(name: str, known: Iterable[str]) -> str:
    """The property that an unknown placeholder was meant to name, or an empty string: then it is somebody else's."""
    from difflib import get_close_matches  # late: only for a name in braces that is not a property

    spellings = {property_name.casefold(): property_name for property_name in known}
    found = get_close_matches(name.casefold(), spellings, n=1, cutoff=_SLIP)
    return spellings[found[0]] if found else ""


def _depth(match: re.Match[str]) -> int:
    """How many pairs of braces are around the name; one that has no partner belongs to the text."""
    return min(len(match[1]), len(match[3]))
