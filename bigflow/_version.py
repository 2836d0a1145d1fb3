"""The framework's own version, readable without any import."""

__version__ = "0.1.0"
