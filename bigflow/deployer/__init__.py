"""Turns what was built, and what an environment says, into what runs there, and back again."""
