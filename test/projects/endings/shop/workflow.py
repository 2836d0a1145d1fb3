import logging
import os
import sys
import time
from pathlib import Path

from bigflow import Definition, Job, Workflow, job


@job
def raises(context):
    {}["price"]


@job
def many_lines(context):
    raise ValueError("first line\nsecond line\nthird line")


@job
def caused(context):
    try:
        {}["price"]
    except KeyError as error:
        raise RuntimeError("no price") from error


@job
def exits_0(context):
    sys.exit(0)


@job
def exits_3(context):
    sys.exit(3)


@job
def exits_text(context):
    sys.exit("not today")


@job
def rubbish(context):
    sys.stdout.buffer.write(bytes([0x80, 0xFF, 0x00, 0x1B, 0x0A]))
    sys.stdout.flush()


@job
def no_line_break(context):
    sys.stdout.write("no line break")


@job
def logs(context):
    logging.getLogger("shop").info("rows: %d", 3)
    logging.getLogger("shop").debug("not shown")


@job
def closes_stdout(context):
    sys.stdout.close()


@job
def changes_folder(context):
    os.chdir("/")
    raise ValueError("far from home")


@job
def unprintable(context):
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError("cannot even say what is wrong")

    raise Odd


@job(execution_timeout_sec=1)
def too_long(context):
    _wait("too_long")


@job
def waits(context):
    _wait("waits")


@job
def stubborn(context):
    for name in ("first", "second"):
        try:
            _wait(name)
        except BaseException as error:
            print("swallowed", type(error).__name__, flush=True)
            return


@job
def after(context):
    print("after")


def _wait(name):
    try:
        print(name, "begins", flush=True)
        time.sleep(30)
    finally:
        Path("put_in_order.txt").write_text(name)
        print(name, "puts things in order", flush=True)


class Alone(Workflow):
    """All of them, in no order: each is run alone."""


once = {"retry_count": 0}
jobs = [raises, many_lines, caused, exits_0, exits_3, exits_text, rubbish, no_line_break, logs, closes_stdout]
jobs += [changes_folder, unprintable, too_long, waits, stubborn]
ends = Alone("ends", Definition({one: [] for one in jobs}), schedule_interval=None)
half = Workflow("half", Definition({logs: [raises, exits_0], raises: [after], exits_0: []}), None, defaults=once)
waiting = Workflow("waiting", [waits, after], schedule_interval=None)
