from setuptools import setup

from bigflow.build import default_project_setup

PROJECT_NAME = "old_shop"

if __name__ == "__main__":
    default_project_setup(PROJECT_NAME)
