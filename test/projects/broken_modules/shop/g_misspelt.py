from bigflow import Workflow, job

wrong = Workflow("wrong", [], shedule="@daily")
