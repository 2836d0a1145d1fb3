"""What one build of a buildspec was asked for, for all of its steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bigflow.builder.buildspec.cache import Keys
from bigflow.builder.buildspec.grammar import BatchEntry, Buildspec
from bigflow.builder.buildspec.site import Site

ARTIFACTS = "build/artifacts"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where artifacts go beside the folder of the project: `s3://name/prefix`."""

    name: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the command line knows of the machine."""

    environment: Mapping[str, str]
    local: Mapping[str, str]  # of the file with the values that nobody else has
    local_file: str


@dataclass(slots=True)
class Job:
    """A buildspec, the site where it is run, and what its steps find out for each other."""

    spec: Buildspec
    site: Site
    around: Surroundings
    number: int
    limit: float  # seconds
    entry: BatchEntry | None = None
    bucket: Bucket | None = None
    use_cache: bool = True
    keys: Keys = field(default_factory=Keys)
    cache_is_exact: bool = False
