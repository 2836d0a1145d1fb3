"""Turns a plan into a question, its answer into a release, and that into what the user is told."""

import argparse
from time import monotonic

from bigflow.cli import deploy_json, deploy_view, push_view
from bigflow.cli.console import Console
from bigflow.cli.questions import agreed, at_terminal
from bigflow.deployer.deploying import Ground, perform
from bigflow.deployer.ledger import Opened
from bigflow.deployer.plan import DeployPlan
from bigflow.deployer.undo import Busy, settle
from bigflow.deployer.wanted import Built
from bigflow.errors import ExitCode, UsageError
from bigflow.storage import Refused


def clear_the_way(ground: Ground, console: Console, *, only_looking: bool, damaged: bool = False) -> Opened:
    """The state, after what somebody began and did not end is undone. Who only looks is told of it."""
    if only_looking:
        opened = ground.ledger.open_damaged() if damaged else ground.ledger.open()
        if intent := opened.state.intent:
            console.note(
                f"{intent.who} has been at work here ({intent.act}) since {intent.since:%Y-%m-%d %H:%M:%S} UTC"
            )
        return opened
    settled = settle(ground.place, ground.ledger, ground.actor, damaged=damaged)
    if undone := settled.undone:
        left = f"; somebody else has changed {', '.join(undone.left)}" if undone.left else ""
        console.note(f"what {undone.who} began at {undone.since:%Y-%m-%d %H:%M:%S} UTC and did not end is undone{left}")
    return settled.opened


def clear_the_way_if_possible(ground: Ground, console: Console) -> Opened:
    """The same for commands that only look, and for whom it is no matter if they may not."""
    try:
        return clear_the_way(ground, console, only_looking=False)
    except (Busy, Refused) as error:
        console.note(error.message)
        return ground.ledger.open()


def carry_out(
    planned: DeployPlan, ground: Ground, arguments: argparse.Namespace, console: Console, built: Built | None = None
) -> int:
    """Show the plan; unless that was all that was wanted, agree with the user, and do it."""
    if arguments.plan and console.json:
        console.data_json(deploy_json.plan_as_json(planned))
    else:
        for line in deploy_view.plan_lines(planned):
            (console.data if arguments.plan else console.say)(line)
    if arguments.plan:
        for ask in planned.asks:
            console.note(f"{ask}: this has to be agreed to (--yes)")
        return ExitCode.CHANGES if arguments.exit_code and planned.changes else ExitCode.OK
    if not planned.changes:
        return _nothing_to_do(planned, console)
    agree(planned.asks, arguments, console)
    began = monotonic()
    made = perform(ground, planned, built, push_view.listener(console))
    if console.json:
        console.data_json({"changes": True, "release": deploy_json.entry_as_json(made) if made else None})
    elif made:
        commit = f"   from {made.commit[:8]}" if made.commit else ""
        console.say(
            f"Applied release {made.number} in {monotonic() - began:.1f} s{commit}"
            f"   undo: bigflow rollback -c {ground.environment}"
        )
    else:
        what = "bundle" if planned.bundle and planned.bundle.missing else "image"
        console.say(f"The {what} is there ({monotonic() - began:.1f} s); the DAGs are as they were")
    return ExitCode.OK


def agree(asks: tuple[str, ...], arguments: argparse.Namespace, console: Console) -> None:
    """Nothing, if there is nothing to ask, or if the answer is yes."""
    if not asks or arguments.yes:
        return
    told = "; ".join(asks)
    if not at_terminal():
        raise UsageError(f"this has to be agreed to: {told}", hint="look at it with --plan, and then say --yes")
    if not agreed(f"{told}. Go on?", console):
        raise UsageError("not agreed to: nothing has changed")


def _nothing_to_do(planned: DeployPlan, console: Console) -> int:
    current = planned.opened.state.current
    if console.json:
        console.data_json({"changes": False, "release": deploy_json.entry_as_json(current) if current else None})
    else:
        console.say(f"Nothing to do: release {current.number} is what is there" if current else "Nothing to do")
    return ExitCode.OK
