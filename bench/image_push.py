"""Turns the image in a folder into the same image in a registry; the whole process is timed as our push."""

import sys

from bigflow.containers.layout import Layout
from bigflow.containers.reference import parse
from bigflow.containers.registry import Registries, push

layout = Layout(sys.argv[1])
push(layout.root(), layout.store, Registries().writable(parse(sys.argv[2])))
