"""Turns a project into the bundle that EMR runs: wheel, dependencies, entry scripts, jars, and what puts them there."""
