"""Turns what a project says of itself into the keywords of setuptools' `setup`."""

import glob

from bigflow.builder.requirements.lock import Lock, Package
from bigflow.builder.requirements.names import FRAMEWORKS, name_of
from bigflow.builder.wheel.contents import Contents
from bigflow.errors import Finding, InvalidProject
from bigflow.project.spec import ProjectSpec

# What 1.11 let a project say, and setuptools has no place for.
_WITHOUT_PLACE = ("fullname", "contact", "contact_email")
# What is in the wheel is decided by its contents.
_DECIDED = (
    "exclude_package_data",
    "include_package_data",
    "package_data",
    "package_dir",
    "script_args",
    "script_name",
    "test_loader",
    "test_suite",
    "tests_require",
)


def setup_keywords(spec: ProjectSpec, version: str, contents: Contents, lock: Lock) -> dict[str, object]:
    """All but the resources: a build adds those to the wheel itself."""
    handed_on = {key: value for key, value in spec.setuptools if key not in _DECIDED}
    _refuse_objects(spec, handed_on)
    said = {key: _listed(value) for key, value in spec.metainfo if key not in _WITHOUT_PLACE}
    own = {
        "name": spec.name,
        "version": version,
        "packages": list(contents.packages),
        "package_data": {"": ["py.typed", "*.pyi"]},
        "install_requires": _requires(spec, handed_on.get("install_requires"), lock),
        "data_files": [(target, list(files)) for target, files in spec.data_files],
    }
    return {key: value for key, value in sorted({**handed_on, **said, **own}.items()) if value not in ([], {}, None)}


def with_resources(keywords: dict[str, object], spec: ProjectSpec, contents: Contents) -> dict[str, object]:
    """The same for a wheel that setuptools makes alone: it takes the resources for a package without modules."""
    if not contents.resources:
        return keywords
    package = f"{spec.package}.resources"
    inside = f"{package.replace('.', '/')}/"
    files = [glob.escape(source.target.removeprefix(inside)) for source in contents.resources]
    return {
        **keywords,
        "packages": [*contents.packages, package],
        "package_dir": {package: spec.resources_dir},
        "package_data": {"": ["py.typed", "*.pyi"], package: files},
    }


def _requires(spec: ProjectSpec, more: object, lock: Lock) -> list[str]:
    """What 1.11 put there: the project's own list if it has one, else what is locked; never the framework."""
    listed = list(spec.requirements) if spec.requirements is not None else [_line(one) for one in lock.packages]
    both = [*listed, *(str(one) for one in more if more)] if isinstance(more, list) else listed
    return sorted({line for line in both if name_of(line) not in FRAMEWORKS})


def _line(package: Package) -> str:
    extras = f"[{','.join(package.extras)}]" if package.extras else ""
    where = f" @ {package.url} " if package.url else f"=={package.version}" if package.version else ""
    return f"{package.name}{extras}{where}" + (f"; {package.marker}" if package.marker else "")


def _listed(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def _refuse_objects(spec: ProjectSpec, keywords: dict[str, object]) -> None:
    """A setup file can compute what only it can hold; the wheel is made without running it."""
    findings = [
        Finding(
            f"{key!r} is a Python object ({kind}), which only the running setup file has",
            spec.where(key),
            "describe the project in the [project] and [build-system] tables of pyproject.toml, or leave it out",
        )
        for key, value in keywords.items()
        for kind in [_kind(value)]
        if kind
    ]
    if findings:
        raise InvalidProject(findings)


def _kind(value: object) -> str:
    """How a recorded object is told, however deep it lies; empty for plain values."""
    match value:
        case {"python": str() as kind, **more} if not more:
            return kind
        case dict():
            return next(filter(None, map(_kind, value.values())), "")
        case list():
            return next(filter(None, map(_kind, value)), "")
    return ""
