from pathlib import Path

Path(__file__).with_name("executed.txt").touch()
raise RuntimeError("project_setup.py was executed")

# What a scan of the text may look for.
PROJECT_NAME = compute("shop")
import bigflow.build

bigflow.build.setup(name=PROJECT_NAME)
daily = Workflow("daily", [], schedule_interval=None)
deployment_config = Config("local", {})
