"""Turns a lock into a CycloneDX document: every package, the hashes of its files, and who wants it."""

import json
from typing import TYPE_CHECKING

from bigflow._optional import need
from bigflow.builder.requirements.lock import Lock, Package
from bigflow.builder.uv.scrub import scrubbed

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

_ALGORITHMS = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "sha1": "SHA-1", "md5": "MD5"}


def bill_of_materials(name: str, lock: Lock) -> str:
    """The same words give the same bytes: there is neither a time nor a random number in them.

    The project's version is left open: it changes with every commit, and the rest takes a tenth of a second.
    """
    need("cyclonedx", "The list of what a project is made of")
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    root = Component(name=name, type=ComponentType.APPLICATION, bom_ref=f"project:{name}")
    components = {address: _component(package, address) for package in lock if (address := _address(package))}
    bom = Bom(components=components.values())
    bom.metadata.component = root
    bom.metadata.timestamp = None  # type: ignore[assignment]  # the format allows it, and so does the writer
    bom.serial_number = None  # type: ignore[assignment]
    bom.register_dependency(root, [components[_address(package)] for package in lock if package.direct])
    for package in lock:
        wanted = [components[_address(other)] for other in lock if package.name in other.wanted_by]
        bom.register_dependency(components[_address(package)], wanted)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()


def versioned(document: str, version: str) -> str:
    """The document of the project in this version."""
    told = json.loads(document)
    told["metadata"]["component"]["version"] = version
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _component(package: Package, address: str) -> "Component":
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    pairs = (one.split(":", 1) for one in package.hashes)
    hashes = [
        HashType(alg=HashAlgorithm(_ALGORITHMS[kind]), content=value) for kind, value in pairs if kind in _ALGORITHMS
    ]
    return Component(
        name=package.name,
        version=package.version or None,
        bom_ref=address,
        purl=PackageURL.from_string(address),
        hashes=hashes,
    )


def _address(package: Package) -> str:
    """The package URL; it names the component as well."""
    from packageurl import PackageURL

    qualifiers = {"download_url": scrubbed(package.url)} if package.url else None
    return PackageURL("pypi", None, package.name, package.version or None, qualifiers).to_string()
