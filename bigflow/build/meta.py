"""Turns the build backend that projects of 1.11 name into setuptools', which it asks for when something is built."""

from types import ModuleType
from typing import TypeAlias

from bigflow._optional import need

Settings: TypeAlias = dict[str, str | list[str]] | None

_SETUPTOOLS = ["setuptools>=64"]  # the first with all of these hooks


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    return _SETUPTOOLS


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    return _SETUPTOOLS


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    return _SETUPTOOLS


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Settings = None) -> str:
    return str(_setuptools().prepare_metadata_for_build_wheel(metadata_directory, config_settings))


def prepare_metadata_for_build_editable(metadata_directory: str, config_settings: Settings = None) -> str:
    return str(_setuptools().prepare_metadata_for_build_editable(metadata_directory, config_settings))


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    return str(_setuptools().build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    return str(_setuptools().build_editable(wheel_directory, config_settings, metadata_directory))


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    return str(_setuptools().build_sdist(sdist_directory, config_settings))


def _setuptools() -> ModuleType:
    return need("setuptools.build_meta", "The build of a project")
