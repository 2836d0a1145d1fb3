"""Turns the keys of a table that a user wrote into what is wrong with those that mean nothing."""

from collections.abc import Iterable, Iterator

from bigflow.errors import nearest


def unknown(table: str, said: Iterable[str], keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """A message and a hint for each."""
    for key in said:
        if key not in keys:
            meant = nearest(key, keys)
            yield f"there is no {table}.{key}", f"did you mean {meant!r}?" if meant else f"one of {', '.join(keys)}"
