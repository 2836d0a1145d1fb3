"""Turns locked requirements into the environment that the project runs in."""
