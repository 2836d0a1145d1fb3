"""Turns wishes into calls of uv, and what it says into errors that help."""
