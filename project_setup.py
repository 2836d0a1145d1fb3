"""Names the package that holds the workflows, as projects of bigflow 1.11 do."""

PROJECT_NAME = "project_package"
