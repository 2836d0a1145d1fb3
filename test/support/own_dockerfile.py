"""Turns a few texts into a project with a Dockerfile of its own, as 1.11's looked, and builds its image."""

import json
from collections.abc import Mapping
from pathlib import Path

from support.cli import Result, bigflow
from support.engines import BASE

DOCKERFILE = f"""\
FROM {BASE}
COPY ./dist /app/dist
WORKDIR /app
RUN ln -s python3 /usr/bin/python && \\
    python -m pip install --break-system-packages --no-index --no-deps /app/dist/*.whl
ENV PYTHONUNBUFFERED=1
"""
WORKFLOW = """\
from bigflow import Workflow, job

@job(retry_count=0)
def hello(context):
    print("hello from", context.runtime_str, "in", context.env)

daily = Workflow(workflow_id="daily", definition=[hello], schedule_interval="@daily")
"""
STEPS = tuple(word for step in ("runtime", "wheel", "image", "manifest") for word in ("--only", step))


def write_project(root: Path, files: Mapping[str, str] | None = None, *, builder: str = "docker") -> Path:
    """The project; `files` are over its own."""
    own = {
        "pyproject.toml": f"""\
[tool.bigflow]
edition = "2026"
name = "shop"
package = "shop"
version = "1.0.0"
image.builder = "{builder}"
""",
        "shop/__init__.py": "",
        "shop/workflow.py": WORKFLOW,
        "resources/orders.csv": "1,2\n",
        "Dockerfile": DOCKERFILE,
        ".dockerignore": "dist\n*.md\n",
        "deployment_config.py": (
            "from bigflow import Config\n"
            "deployment_config = Config('local', {'docker_repository': 'local/shop'}).add_configuration('dev', {})\n"
        ),
    }
    for name, text in {**own, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def build(root: Path, *words: str, env: Mapping[str, str] | None = None) -> Result:
    """What `bigflow build` makes of its image; the machine's cache is beside the project."""
    told = {"XDG_CACHE_HOME": str(root.parent / "cache"), **(env or {})}
    return bigflow("build", *STEPS, *words, cwd=root, env=told, timeout=300)


def image_digest(root: Path) -> str:
    """The image that the manifest speaks of."""
    manifest = json.loads((root / "build/manifest.json").read_text())
    (image,) = (one for one in manifest["artifacts"] if one["kind"] == "image")
    return f"sha256:{image['sha256']}"
