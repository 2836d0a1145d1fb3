"""Turns a few texts into an image that looks like a base with Python, as far as a build looks at one."""

from collections.abc import Iterable
from pathlib import Path

from bigflow.containers.descriptor import LINUX_AMD64, Platform
from bigflow.containers.image import Image, Settings, scratch
from bigflow.containers.index import index_of
from bigflow.containers.layer import Entry, write_layer
from bigflow.containers.layout import Layout
from bigflow.containers.store import Store

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSWD = "root:x:0:0:root:/root:/bin/bash\n"


def program(path: str) -> Entry:
    return Entry(path, content=b"\x7fELF", executable=True)


def glibc(version: str = "2.36", path: str = "usr/lib/x86_64-linux-gnu/libc.so.6") -> Entry:
    said = f"GNU C Library (Debian GLIBC {version}-9) stable release version {version}.\n"
    return Entry(path, content=b"\x7fELF\0" + said.encode(), executable=True)


def like_debian(python: str = "3.11", libc: str = "2.36") -> tuple[Entry, ...]:
    """A base with one Python."""
    return (
        Entry("bin", "link", target="usr/bin"),
        Entry("lib", "link", target="usr/lib"),
        Entry("usr/bin/python3", "link", target=f"python{python}"),
        program(f"usr/bin/python{python}"),
        glibc(libc),
        Entry("etc/passwd", content=PASSWD.encode()),
        Entry("etc/group", content=b"root:x:0:\n"),
    )


def base_of(
    store: Store, *layers: Iterable[Entry], platform: Platform = LINUX_AMD64, env: tuple[tuple[str, str], ...] = ()
) -> Image:
    """The image of these layers, in the store."""
    made = [write_layer(entries, store) for entries in layers]
    settings = Settings(env=env or (("PATH", PATH),), labels=(("org.opencontainers.image.source", "of the base"),))
    image = scratch(platform).with_layers(*made).with_settings(settings)
    store.put(image.documents)
    return image


def base_layout(folder: Path, *layers: Iterable[Entry], platforms: tuple[Platform, ...] = (LINUX_AMD64,)) -> Layout:
    """A layout with that image; an index where it is to be for several platforms."""
    layout = Layout(str(folder))
    store = Store(str(folder.parent / f"{folder.name}-blobs"))
    held = [list(layer) for layer in layers]
    images = [base_of(store, *held, platform=platform) for platform in platforms]
    root = images[0].descriptor
    if len(images) > 1:
        index = index_of(images)
        store.put(index.documents)
        root = index.descriptor
    layout.write(root, store)
    return layout
