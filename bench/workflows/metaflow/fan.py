"""Turns JOBS into a metaflow step that does nothing, once for each; start, join and end it cannot do without."""

# mypy: ignore-errors
import os

from metaflow import FlowSpec, step


class Fan(FlowSpec):
    """JOBS tasks beside each other; start is one of them, join and end come on top."""

    @step
    def start(self):
        self.numbers = list(range(1, int(os.environ["JOBS"])))
        self.next(self.empty, foreach="numbers")

    @step
    def empty(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    Fan()
