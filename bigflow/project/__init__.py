"""Turns a folder on disk into values that say what project it is, in which version, and where its code runs."""
