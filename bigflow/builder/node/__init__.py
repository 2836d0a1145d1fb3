"""Turns a Node project into its package and image, by the tools that it brings."""
