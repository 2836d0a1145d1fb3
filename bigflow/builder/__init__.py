"""Turns a project's sources into tested artifacts."""
