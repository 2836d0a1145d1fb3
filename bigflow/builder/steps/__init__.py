"""The steps of a build, a file each; they do not know each other."""
