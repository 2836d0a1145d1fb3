"""Turns seconds into words that a human compares at a glance."""

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def duration(seconds: float) -> str:
    """`0.4 s`, `1 m 05 s`, `2 h 03 m`, `4 d 11 h`: two units are as much as anybody reads."""
    seconds = max(seconds, 0.0)
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    left = round(seconds)
    at = next(index for index, (_, size) in enumerate(_UNITS) if left >= size)
    (name, size), (minor, minor_size) = _UNITS[at], _UNITS[at + 1]
    left = round(left / minor_size) * minor_size
    if at and left >= _UNITS[at - 1][1]:  # 59 m 59.6 s is an hour, not 60 minutes
        return duration(left)
    return f"{left // size} {name} {left % size // minor_size:02} {minor}"


def exactly(milliseconds: int) -> str:
    """The same without rounding and without zeros, for the marks of an axis: `250 ms`, `2.5 s`, `1 m 30 s`, `2 h`."""
    if milliseconds == 0:
        return "0"
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1_000:g} s"
    words, left = [], milliseconds // 1_000
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {name}")
    return " ".join(words)
