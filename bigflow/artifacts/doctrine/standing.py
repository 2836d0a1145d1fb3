"""The outputs that every project can have, whatever its steps declare."""

from bigflow.artifacts.doctrine.repository import Output

BUILD = "bigflow build"
_TOOLS = "its tool makes it again"

OUTPUTS = (
    Output("/build/", "what a build leaves: manifest, reports, bill of materials", BUILD),
    Output("/dist/", "the wheel that a build makes", "bigflow build-package", for_image=True),
    Output("/build_output/", "what a buildspec leaves", "bigflow build --buildspec buildspec.yml", demanded=False),
    Output("/.image/", "the image that a build makes", "bigflow build-image"),
    Output("/.dags/", "the DAG files that a build writes", "bigflow build-dags"),
    Output("/.bigflow/", "history, logs and caches of builds and runs", BUILD),
    Output("/.venv/", "the environment of one machine", "bigflow install"),
    Output("__pycache__/", "bytecode of one Python", "Python makes it again", "cache"),
    Output("*.pyc", "bytecode of one Python", "Python makes it again", "cache", demanded=False),
    Output("*.egg-info/", "what an installation notes about itself", "pip install -e .", "cache"),
    Output(".pytest_cache/", "cache of pytest", _TOOLS, "cache", demanded=False),
    Output(".mypy_cache/", "cache of mypy", _TOOLS, "cache", demanded=False),
    Output(".ruff_cache/", "cache of ruff", _TOOLS, "cache", demanded=False),
    Output(".hypothesis/", "cache of Hypothesis", _TOOLS, "cache", demanded=False),
    Output("node_modules/", "the environment of one machine", "npm ci", "cache", demanded=False),
    Output("/.coverage", "data of the last test run", "bigflow build --only tests", "cache", demanded=False),
    Output("*_pb2.py", "generated from .proto files", BUILD, "generated", demanded=False),
    Output("*_pb2.pyi", "generated from .proto files", BUILD, "generated", demanded=False),
    Output("*_pb2_grpc.py", "generated from .proto files", BUILD, "generated", demanded=False),
)
LOCKS = (
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile.lock",
    "pylock.toml",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
)


def lock(path: str, *, lies_there: bool) -> Output:
    """A lock, in a project whose locks are artifacts. Images are made of the requirements, and of no other."""
    why = "a lock, which this project makes anew in each build"
    return Output(f"/{path}", why, BUILD, "lock", demanded=lies_there, for_image=path not in LOCKS)
