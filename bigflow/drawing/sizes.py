"""Turns numbers of bytes into words that a human compares at a glance."""

_UNITS = (("kB", 1e3), ("MB", 1e6), ("GB", 1e9))


def size(count: int) -> str:
    """`804 bytes`, `1.4 kB`, `41 MB`."""
    if count < 1_000:
        return "1 byte" if count == 1 else f"{count} bytes"
    unit, worth = next((one for one in _UNITS if count < 999.5 * one[1]), _UNITS[-1])
    return f"{count / worth:.1f} {unit}" if count < 9.95 * worth else f"{count / worth:,.0f} {unit}"


def growth(before: int, after: int) -> str:
    """`+1.4 kB`, `-12 bytes`; nothing when there is none."""
    if before == after:
        return ""
    return f"{'+' if after > before else '-'}{size(abs(after - before))}"
