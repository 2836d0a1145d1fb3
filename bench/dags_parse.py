"""Turns folders of DAG files into the seconds that this Airflow takes to read each, in turns, in one process."""

import gc
import importlib
import json
import logging
import sys
import time
import warnings


def main(rounds: int, folders: "list[str]") -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    try:
        bag = importlib.import_module("airflow.dag_processing.dagbag").DagBag
    except ImportError:
        bag = importlib.import_module("airflow.models.dagbag").DagBag
    importlib.import_module("airflow.providers.cncf.kubernetes.operators.pod")
    errors = {folder: len(bag(folder).import_errors) for folder in folders}  # a warm-up, too
    turns = []
    for number in range(rounds):
        turn = {}
        for place in range(len(folders)):  # each round begins with another one
            folder = folders[(number + place) % len(folders)]
            gc.collect()  # what the folder before it has left is not for this one to clear away
            began = time.perf_counter()
            bag(folder)
            turn[folder] = time.perf_counter() - began
        turns.append([turn[folder] for folder in folders])
    print("\n" + json.dumps({"errors": errors, "turns": turns}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
