"""A project that is built in two ways, with different dependencies."""
