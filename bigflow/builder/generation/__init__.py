"""Turns sources that are no Python into Python that imports find, beside the project's own."""
