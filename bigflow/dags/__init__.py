"""Turns plain data about a workflow into a DAG file that every supported Airflow reads the same way."""
