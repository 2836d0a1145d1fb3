"""Turns `deployment_manifest.json` of an EMR bundle into a value, and that into what a Spark engine is told."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias, get_args

from bigflow.artifacts.artifact import Part
from bigflow.errors import UsageError, nearest

SCHEMA = 1
FILE = "deployment_manifest.json"
UNPACKED = "environment"  # the name of the folder, on every node, that the environment archive becomes

Kind: TypeAlias = Literal["none", "zip", "environment"]
Engine: TypeAlias = Literal["emr-serverless", "yarn", "client"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
_FROM_AFAR: tuple[Engine, ...] = ("emr-serverless", "yarn")  # a client needs to be told its interpreter

# By which properties each engine is told its interpreter: the driver's, then the executors'.
_INTERPRETER: dict[Engine, tuple[str, ...]] = {
    "emr-serverless": (
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON",
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON",
        "spark.executorEnv.PYSPARK_PYTHON",
    ),
    "yarn": (
        "spark.yarn.appMasterEnv.PYSPARK_DRIVER_PYTHON",
        "spark.yarn.appMasterEnv.PYSPARK_PYTHON",
        "spark.executorEnv.PYSPARK_PYTHON",
    ),
    "client": ("spark.pyspark.driver.python", "spark.pyspark.python"),
}


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the entry scripts import: the project's own package too, because no executor imports from a wheel."""

    kind: Kind
    path: str | None  # relative to the bundle
    native: tuple[str, ...] = ()  # the distributions that hold native code; they made it an environment
    left_out: tuple[str, ...] = ()  # what the project requires and EMR has already


@dataclass(frozen=True, slots=True)
class Submission:
    """What a Spark engine is told, whichever way it is told: words of spark-submit, or fields of a request."""

    py_files: tuple[str, ...]
    archives: tuple[str, ...]
    jars: tuple[str, ...]
    properties: tuple[tuple[str, str], ...]

    def words(self) -> tuple[str, ...]:
        """The options of spark-submit."""
        lists = (("--py-files", self.py_files), ("--jars", self.jars))
        settings = (("spark.archives", ",".join(self.archives)), *self.properties)
        return (
            *(word for option, values in lists if values for word in (option, ",".join(values))),
            *(word for name, value in settings if value for word in ("--conf", f"{name}={value}")),
        )


@dataclass(frozen=True, slots=True)
class EmrBundle:
    """Everything that EMR needs of one version of a project; paths are relative to the bundle."""

    project: str
    version: str
    python: str  # "3.11"
    interpreter: str  # where EMR has it
    wheel: str
    dependencies: Dependencies
    entry_scripts: tuple[tuple[str, str], ...]  # name, path
    jars: tuple[str, ...]
    files: tuple[Part, ...]  # everything but the manifest itself, and the script that is made from it

    @classmethod
    def parse(cls, content: bytes, where: str = FILE) -> "EmrBundle":
        """The bundle whose manifest this is; UsageError when it is damaged or of another schema."""
        try:
            return _parsed(json.loads(content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            hint = "bigflow build --target emr"
            raise UsageError(f"the bundle's manifest cannot be read: {error!r}", where=where, hint=hint) from None

    def to_json(self) -> str:
        """The text of the manifest; the same bundle gives the same bytes."""
        told = {
            "schema": SCHEMA,
            "project": self.project,
            "version": self.version,
            "python": self.python,
            "interpreter": self.interpreter,
            "wheel": self.wheel,
            "dependencies": asdict(self.dependencies),
            "entry_scripts": dict(self.entry_scripts),
            "jars": self.jars,
            "spark_submit": {engine: " ".join(self.submission("{base}", engine).words()) for engine in _FROM_AFAR},
            "files": [part._asdict() for part in self.files],
        }
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"

    @property
    def folder(self) -> str:
        """Where it lies below the place of an environment."""
        return folder_of(self.project, self.version)

    def entry_point(self, base: str, name: str) -> str:
        """The address of an entry script of a bundle that lies at `base`."""
        paths = dict(self.entry_scripts)
        known = name.removesuffix(".py")
        if known not in paths:
            meant = nearest(known, paths)
            hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(paths)}"
            raise UsageError(f"the bundle of {self.project} {self.version} has no entry script {name!r}", hint=hint)
        return _below(base, paths[known])

    def submission(self, base: str, engine: Engine, python: str | None = None) -> Submission:
        """What `engine` is told of a bundle that lies at `base` (an address, or a folder of this machine).

        `python` is an interpreter that is there in place of the bundle's: of a client, or of an image of one's own.
        """
        archive = self.dependencies.path
        unpacked = self.dependencies.kind == "environment"
        interpreter = python or (f"./{UNPACKED}/bin/python" if unpacked else self.interpreter)
        return Submission(
            py_files=(_below(base, archive),) if archive and not unpacked else (),
            archives=(f"{_below(base, archive)}#{UNPACKED}",) if archive and unpacked else (),
            jars=tuple(_below(base, jar) for jar in self.jars),
            properties=tuple((name, interpreter) for name in _INTERPRETER[engine]),
        )


def folder_of(project: str, version: str) -> str:
    """Where the bundle of a version lies. A plus sign means a space to some who read addresses."""
    return f"{project}/{version.replace('+', '-')}"


def _below(base: str, path: str) -> str:
    return f"{base.rstrip('/')}/{path}"


def _parsed(told: dict[str, object]) -> EmrBundle:
    if told["schema"] != SCHEMA:
        raise ValueError(f"schema {told['schema']!r}; this bigflow reads {SCHEMA}")
    dependencies, scripts, jars, files = told["dependencies"], told["entry_scripts"], told["jars"], told["files"]
    if not isinstance(dependencies, dict) or not isinstance(scripts, dict):
        raise TypeError("dependencies and entry_scripts are objects")
    if not isinstance(jars, list) or not isinstance(files, list):
        raise TypeError("jars and files are lists")
    if dependencies["kind"] not in get_args(Kind):
        raise ValueError(f"dependencies of the kind {dependencies['kind']!r}")
    lists = {key: tuple(map(str, dependencies.get(key, ()))) for key in ("native", "left_out")}
    return EmrBundle(
        **{key: str(told[key]) for key in ("project", "version", "python", "interpreter", "wheel")},
        dependencies=Dependencies(dependencies["kind"], dependencies["path"], **lists),
        entry_scripts=tuple((str(name), str(path)) for name, path in scripts.items()),
        jars=tuple(map(str, jars)),
        files=tuple(Part(**one) for one in files),
    )
