"""Turns a workflow and a moment into executed jobs and a report of them."""
