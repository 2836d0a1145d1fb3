"""Turns an entry script of the project's bundle into a job that runs on Spark: here, on EMR Serverless, on Dataproc."""

from bigflow.spark.job import SparkJob
from bigflow.spark.places import Dataproc, EmrServerless, Local, Place, place_from

__all__ = ["Dataproc", "EmrServerless", "Local", "Place", "SparkJob", "place_from"]
