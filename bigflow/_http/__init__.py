"""Turns HTTP requests into answers, for all who ask servers: one way out, one trust, one patience; no policy."""
