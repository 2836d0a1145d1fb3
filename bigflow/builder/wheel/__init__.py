"""Turns a project's sources into its wheel, the same bytes wherever and whenever that is done."""
