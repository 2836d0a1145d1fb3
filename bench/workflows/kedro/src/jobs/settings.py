"""Kedro looks for this file; everything is left as it comes."""
