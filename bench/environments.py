"""Turns a Python version and requirements into a fresh virtual environment, kept for as long as it is current."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "bench" / ".environments"
UV = (sys.executable, "-m", "uv", "--quiet", "--no-config")
PEER = "bigflow==1.11.3"  # the peer, by allegro: the one place where that name is meant
PEER_PYTHON = "3.10"  # the last that it works with
PEER_NEEDS = "setuptools<81"  # it imports pkg_resources, which later ones have not


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with warm bytecode."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def python(self) -> str:
        return self.script("python")

    def script(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    @property
    def variables(self) -> dict[str, str]:
        """All that its processes get to see of ours: nothing that could slow them down or speed them up."""
        return {"PATH": f"{self.folder}/bin:/usr/local/bin:/usr/bin:/bin", "HOME": str(KEPT), "LANG": "C.UTF-8"}

    def answer(self, *arguments: str) -> str:
        """What its interpreter says to them."""
        return _run(self.python, *arguments, variables=self.variables)

    def standard_modules(self) -> frozenset[str]:
        """What its Python itself brings, by top-level name."""
        return frozenset(self.answer("-c", "import sys; print(*sys.stdlib_module_names)").split())

    def contents(self) -> str:
        """Its Python and its packages, as results name them."""
        packages = "import importlib.metadata as m; print(*sorted(f'{d.name}=={d.version}' for d in m.distributions()))"
        return f"{self.answer('-V')}: {', '.join(self.answer('-c', packages).split())}"


def as_installed(python_version: str) -> Environment:
    """The framework as `pip install` brings it to a developer's machine: with what it requires."""
    return _environment("desk", python_version, [str(framework_wheel())])


def as_in_a_pod(python_version: str, project_wheel: Path) -> Environment:
    """The framework's runtime as an image carries it: without requirements, beside the wheel of a project."""
    return _environment("pod", python_version, ["--no-deps", str(framework_wheel()), str(project_wheel)])


def peer() -> Environment:
    """allegro's bigflow 1.11.3 from the package index, with what it requires."""
    return _environment("peer", PEER_PYTHON, [PEER, PEER_NEEDS])


def builder(python_version: str, requirements: Sequence[str]) -> Environment:
    """The framework on a developer's machine, beside what a project requires."""
    return _environment("builder", python_version, [str(framework_wheel()), *requirements])


def peer_builder(requirements: Sequence[str]) -> Environment:
    """The peer beside what a project requires."""
    return _environment("peer-builder", PEER_PYTHON, [PEER, PEER_NEEDS, *requirements])


def of_tool(name: str, python_version: str, requirements: Sequence[str]) -> Environment:
    """Any other tool from the package index, with what it requires."""
    return _environment(name, python_version, list(requirements))


@cache
def framework_wheel() -> Path:
    """The wheel of this checkout, the same for a whole run."""
    sources = [*sorted((ROOT / "bigflow").rglob("*.py")), ROOT / "pyproject.toml"]
    return wheel_of(ROOT, _digest(sources))


def wheel_of(project: Path, digest: str) -> Path:
    """The wheel of any project; made anew when the digest of its sources is another one."""
    folder = KEPT / "wheels" / digest
    if not folder.is_dir():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _run(*UV, "build", "--wheel", "--out-dir", str(unfinished), str(project))
        unfinished.rename(folder)
    return next(folder.glob("*.whl"))


def site_hooks(environment: Environment) -> tuple[str, ...]:
    """Modules that .pth files and sitecustomize load at every start."""
    names = "import site, sys; print(*sys.modules)"
    bare = set(environment.answer("-S", "-c", names).split())
    return tuple(sorted(set(environment.answer("-c", names).split()) - bare))


def _environment(kind: str, python_version: str, requirements: list[str]) -> Environment:
    interpreter = find_interpreter(python_version) or sys.exit(f"no Python {python_version} on PATH or in pyenv")
    environment = Environment(KEPT / f"{kind}-{python_version}")
    key_file = environment.folder / "made-of"
    key = "\n".join([_run(interpreter, "-VV"), *requirements])
    if key_file.is_file() and key_file.read_text() == key:
        return environment
    shutil.rmtree(environment.folder, ignore_errors=True)
    # By venv, not by uv: uv's environments load a hook at each start, which would flatter every ratio.
    _run(interpreter, "-m", "venv", "--without-pip", str(environment.folder))
    _run(*UV, "pip", "install", "--compile-bytecode", "--python", environment.python, *requirements)
    key_file.write_text(key)
    return environment


def find_interpreter(python_version: str) -> str | None:
    """The path of a Python of that version: from PATH, else from what pyenv has."""
    for candidate in _candidates(python_version):
        asked = "import os, sys; print(*sys.version_info[:2], sep='.'); print(os.path.realpath(sys.executable))"
        answer = subprocess.run([candidate, "-I", "-c", asked], capture_output=True, text=True, check=False)
        version, _, path = answer.stdout.strip().partition("\n")
        if answer.returncode == 0 and version == python_version:
            return path
    return None


def _candidates(python_version: str) -> Iterator[str]:
    name = f"python{python_version}"
    if on_path := shutil.which(name):
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{python_version}*/bin/{name}"), reverse=True))


def _digest(files: list[Path]) -> str:
    hashed = hashlib.sha256()
    for file in files:
        hashed.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return hashed.hexdigest()[:16]


def _run(*command: str, variables: dict[str, str] | None = None) -> str:
    surroundings = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"} if variables is None else variables
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}failed with exit code {done.returncode}")
    return done.stdout.strip()
