"""Turns nothing into a project, and a project of 1.11 into one of today."""
