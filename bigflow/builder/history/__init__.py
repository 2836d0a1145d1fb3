"""Turns the builds that were written down into lists, comparisons and a page."""
