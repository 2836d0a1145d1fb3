"""Turns the project's tests into a verdict."""
