"""Turns requirements.in into a lock, and a lock into values."""
