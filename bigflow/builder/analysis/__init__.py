"""Turns what linters, type checkers and imports find into findings."""
