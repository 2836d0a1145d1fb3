"""Turns the question where things lie in a bundle into the one answer that all who make or check one share."""

FOLDER = "build_output"
WHEEL = "whl_pkg"
DEPENDENCIES = {"zip": "dependencies/dependencies.zip", "environment": "dependencies/environment.tar.gz"}
SCRIPTS = "entry_script"
JARS = "jars"
UPLOAD = "upload_to_s3.sh"
