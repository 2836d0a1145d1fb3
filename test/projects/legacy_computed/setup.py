import os

import bigflow.build

print("setup.py talks on stdout")

bigflow.build.setup(
    name="-".join(["old", "shop"]),
    version=open(os.path.join(os.path.dirname(__file__), "VERSION")).read().strip(),
)
