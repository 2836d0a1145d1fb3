"""Turns the metadata that a backend wrote into those of this build: its name, its version, no framework."""

from bigflow.builder.requirements.names import FRAMEWORKS, name_of


def rewritten(metadata: bytes, name: str, version: str) -> bytes:
    """The text of METADATA. What the backend said of the version is not looked at: git knows it, a backend may not."""
    ours = {"Name": name, "Version": version}
    head, blank, body = metadata.decode("utf-8", "surrogateescape").replace("\r\n", "\n").partition("\n\n")
    lines = []
    for line in head.split("\n"):
        key, _, value = line.partition(":")
        if key != "Requires-Dist" or name_of(value) not in FRAMEWORKS:
            lines.append(f"{key}: {ours[key]}" if key in ours else line)
    return ("\n".join(lines) + blank + body).encode("utf-8", "surrogateescape")
