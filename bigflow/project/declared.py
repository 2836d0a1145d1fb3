"""The words of a project's files, as values: which key was given which value, and where."""

from collections.abc import Mapping
from typing import NamedTuple

from bigflow.errors import Finding, nearest

METAINFO_TEXTS = ("keywords", "platforms", "classifiers", "provides", "requires", "obsoletes")
METAINFO = (
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "url",
    "license",
    "description",
    "long_description",
    "fullname",
    "contact",
    "contact_email",
    "download_url",
    *METAINFO_TEXTS,
)
IMAGE_KEYS = ("image.builder", "image.base", "image.platforms")
KEYS = (
    "name",
    "version",
    "edition",
    "package",
    "python",
    "tests",
    "packages",
    "requries",  # as 1.11 spells it
    "data_files",
    "docker_repository",
    "deployment_config_file",
    "project_requirements_file",
    "resources_dir",
    "test_framework",
    "export_image_tar",
    "image",
    *IMAGE_KEYS,
    "build",
    "emr",
    "generate",
    "variants",
    "doctrine",
    *METAINFO,
)
# What 1.11 hands on to setuptools: these are never misspellings of ours.
SETUPTOOLS = frozenset(
    (
        "cmdclass",
        "dependency_links",
        "distclass",
        "eager_resources",
        "entry_points",
        "exclude_package_data",
        "ext_modules",
        "ext_package",
        "extras_require",
        "gui_scripts",
        "headers",
        "include_dirs",
        "include_package_data",
        "install_requires",
        "libraries",
        "license_file",
        "license_files",
        "long_description_content_type",
        "namespace_packages",
        "options",
        "package_data",
        "package_dir",
        "project_urls",
        "py_modules",
        "python_requires",
        "script_args",
        "script_name",
        "scripts",
        "setup_requires",
        "test_loader",
        "test_suite",
        "tests_require",
        "zip_safe",
    )
)


class Said(NamedTuple):
    """One key as one file gives it."""

    key: str
    value: object
    where: str  # "pyproject.toml:12"


class Declared(NamedTuple):
    """What one place of one file says; `unread` are the keys that only running the file would tell."""

    said: tuple[Said, ...] = ()
    unread: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def flattened(said: Said) -> tuple[Said, ...]:
    """The `image` table as one answer a key; anything else as it is. A value of None says nothing."""
    if said.value is None:
        return ()
    if said.key == "image" and isinstance(said.value, Mapping):
        return tuple(Said(f"image.{key}", value, said.where) for key, value in said.value.items())
    return (said,)


def unknown(said: Said, *, strict: bool) -> Finding | None:
    """What is wrong with a key that we do not know; where not strict, as in 1.11, others' keys may be."""
    if said.key in KEYS or (not strict and said.key in SETUPTOOLS):
        return None
    meant = nearest(said.key, KEYS)
    if not meant and not strict:
        return None
    hint = f"did you mean '{meant}'?" if meant else "the keys are listed in docs/reference/project.md"
    return Finding(f"unknown key '{said.key}'", said.where, hint)
