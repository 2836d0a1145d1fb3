"""Turns each name of a step in `NODE_PHASES` into the module that is the step, where Node has one of its own."""
