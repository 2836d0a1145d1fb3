"""A project whose jobs do nothing, to be measured."""
