"""Turns a project of 1.11 into the few changes that it needs, and makes them."""
