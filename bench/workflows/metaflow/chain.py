"""Turns nothing into three metaflow steps that do nothing, one after the other."""

# mypy: ignore-errors
from metaflow import FlowSpec, step


class Chain(FlowSpec):
    """Three tasks: metaflow asks for a start and an end, so only one of them has a name of its own."""

    @step
    def start(self):
        self.next(self.middle)

    @step
    def middle(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    Chain()
