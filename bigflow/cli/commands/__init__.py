"""One module a verb: HELP, `add_options(parser)`, and `run(arguments, console)` that gives the exit code."""
