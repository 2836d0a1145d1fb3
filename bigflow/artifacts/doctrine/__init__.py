"""Turns what git, Docker and a build say of a project into what is versioned and should not be."""
