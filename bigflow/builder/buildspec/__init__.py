"""Turns a buildspec.yml of AWS CodeBuild into the phases of a build that runs here."""
