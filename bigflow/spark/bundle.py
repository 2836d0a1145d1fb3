"""Turns the address of a bundle into what its manifest says."""

import sys
from collections.abc import Mapping

from bigflow import _ambient
from bigflow.artifacts.emr_bundle import FILE, EmrBundle, folder_of
from bigflow.errors import UsageError
from bigflow.storage import Absent, Access, NoBucket, open_store

_VERSION = "{version}"
# Where clouds' own clients read that storage is somewhere else; ours is told.
_ENDPOINTS: Mapping[str, tuple[str, ...]] = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "gs": ("STORAGE_EMULATOR_HOST",),
}


def read_bundle(address: str) -> EmrBundle:
    """The bundle that lies there."""
    try:
        content = open_store(address, access_to(address)).read(FILE).content
    except (Absent, NoBucket) as error:
        hint = "bigflow build --target emr" + ("; then: bigflow deploy" if "://" in address else "")
        raise UsageError(f"no bundle lies at {address}: {error.message}", hint=hint) from None
    return EmrBundle.parse(content, where=f"{address.rstrip('/')}/{FILE}")


def access_to(address: str) -> Access:
    """How its store is reached: as the cloud's own chain says."""
    variables = _ambient.environment()
    names = _ENDPOINTS.get(address.partition("://")[0], ())
    return Access(endpoint=next((variables[name] for name in names if variables.get(name)), ""))


def located(address: str, defined_at: str) -> str:
    """The address of the bundle that belongs to the code of the job.

    `{version}` becomes the version of its distribution, as a deploy spells it in addresses.
    """
    if _VERSION not in address:
        return address
    package = _package_of(defined_at.rpartition(":")[0])
    from importlib import metadata  # late: a tenth of a second

    distributions = metadata.packages_distributions().get(package, ())
    if not distributions:
        raise UsageError(
            f"{address} asks for the version of {package or 'this project'}, which is not installed here",
            where=defined_at,
            hint="run it in the image (bigflow run --isolation container), or write the version",
        )
    (name, *_) = distributions
    return address.replace(_VERSION, folder_of(name, metadata.version(name)).removeprefix(f"{name}/"))


def _package_of(path: str) -> str:
    """The package of the module that is that file."""
    named = (name for name, module in sys.modules.items() if getattr(module, "__file__", None) == path)
    return next(named, "").partition(".")[0]
