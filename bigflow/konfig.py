"""Turns what `bigflow.configuration` knows of Konfig classes into the import name that users know."""

from bigflow.configuration.konfig import Konfig
from bigflow.configuration.konfig_choice import resolve_konfig
from bigflow.configuration.konfig_values import dynamic, dynamic_super, expand, fromenv, merge
from bigflow.configuration.secrets import secretstr

__all__ = ["Konfig", "dynamic", "dynamic_super", "expand", "fromenv", "merge", "resolve_konfig", "secretstr"]
