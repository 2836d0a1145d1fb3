"""Turns files into container images, and images into folders, archives and what registries hold, all as values."""
