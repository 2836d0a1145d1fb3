"""A project whose nodes do nothing, to be measured."""
