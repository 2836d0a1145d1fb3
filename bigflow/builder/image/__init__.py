"""Turns a project's artifacts and a base into the image that its jobs run in."""
