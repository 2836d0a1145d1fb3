"""Turns what a project writes about its environments into values: `Config` here, Konfig classes in `bigflow.konfig`."""

from bigflow.configuration.config import Config, DeploymentConfig
from bigflow.configuration.errors import ConfigurationError, FrozenKonfig, UnknownProperty

__all__ = ["Config", "ConfigurationError", "DeploymentConfig", "FrozenKonfig", "UnknownProperty"]
