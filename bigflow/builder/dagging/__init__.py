"""Turns the project's workflows into the DAG files that run them."""
