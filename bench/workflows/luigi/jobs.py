"""Turns JOBS and SHAPE into luigi tasks that do nothing, all in one process; that they are done is kept in memory."""

# mypy: ignore-errors
import os

import luigi

JOBS = int(os.environ["JOBS"])
SHAPE = os.environ["SHAPE"]
done = set()


class Empty(luigi.Task):
    """A task that does nothing."""

    number = luigi.IntParameter()

    def requires(self):
        if not self.number:
            return []
        return [Empty(self.number - 1 if SHAPE == "chain" else 0)]

    def run(self):
        done.add(self.number)

    def complete(self):
        return self.number in done


if __name__ == "__main__":
    last = [Empty(JOBS - 1)] if SHAPE == "chain" else [Empty(number) for number in range(JOBS)]
    raise SystemExit(0 if luigi.build(last, local_scheduler=True) and len(done) == JOBS else 1)
