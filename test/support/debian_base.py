"""Gives tests a base image with a real Python, made of Debian's packages once for this machine."""

import hashlib
import inspect
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from support.needs import missing

from bigflow._process import Completed, run
from bigflow.containers import debian
from bigflow.containers.descriptor import LINUX_AMD64
from bigflow.containers.image import Image
from bigflow.containers.layout import Layout
from bigflow.containers.store import Store
from bigflow.errors import BigflowError

PYTHON = "3.11"  # of bookworm
_FOLDER = Path.home() / ".cache" / "bigflow-framework-test"


def debian_base() -> tuple[Layout, Image]:
    """A layout that has it, and nothing else."""
    if not shutil.which("mmdebstrap"):
        missing("mmdebstrap", "it is not installed (apt-get install mmdebstrap)")
    form = hashlib.sha256(inspect.getsource(debian).encode()).hexdigest()[:10]
    layout = Layout(str(_FOLDER / f"debian-{form}"))
    if not os.path.exists(os.path.join(layout.folder, "index.json")):
        store = Store(layout.folder)
        try:
            image = debian.make_debian("bookworm", LINUX_AMD64, store, _run)
        except BigflowError as error:
            missing("a base image of Debian", error.message)
        layout.write(image.descriptor, store)
    return layout, layout.image(LINUX_AMD64)


def _run(args: tuple[str, ...], *, env_add: Mapping[str, str | None] | None = None) -> Completed:
    return run(args, env_add=env_add, timeout=600)
