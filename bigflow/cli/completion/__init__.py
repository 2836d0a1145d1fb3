"""Turns the commands and their options into completion scripts for shells."""
