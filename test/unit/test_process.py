"""_process: a program's arguments in, how it ended out."""

import os
import sys
import time
from pathlib import Path

import pytest

from bigflow._process import ProgramMissing, run
from bigflow.errors import ExitCode, UsageError

PYTHON = sys.executable


def script(code: str) -> list[str]:
    return [PYTHON, "-c", code]


def test_both_outputs_and_the_exit_code_are_kept_apart() -> None:
    done = run(script("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
    assert (done.stdout, done.stderr, done.returncode, done.ok) == ("out\n", "err\n", 3, False)


def test_output_that_is_not_utf8_survives_the_round_trip() -> None:
    done = run(script(r"import sys; sys.stdout.buffer.write(b'caf\xe9\r\n')"))
    assert done.stdout.encode("utf-8", "surrogateescape") == b"caf\xe9\r\n"
    echoed = run(script("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"), input=done.stdout)
    assert echoed.stdout == done.stdout


def test_without_input_a_question_gets_the_end_of_file_instead_of_waiting() -> None:
    done = run(script("input('name? ')"), timeout=30)
    assert "EOFError" in done.stderr


def test_a_program_that_does_not_read_its_input_is_no_failure() -> None:
    assert run(script("pass"), input="x" * 5_000_000).ok


def test_variables_are_added_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGFLOW_KEPT", "1")
    monkeypatch.setenv("BIGFLOW_TAKEN", "1")
    code = "import os; print(*(k for k in sorted(os.environ) if k.startswith('BIGFLOW_')))"
    done = run(script(code), env_add={"BIGFLOW_ADDED": "1", "BIGFLOW_TAKEN": None, "BIGFLOW_NEVER_THERE": None})
    assert done.stdout.split() == ["BIGFLOW_ADDED", "BIGFLOW_KEPT"]
    assert "BIGFLOW_ADDED" not in os.environ


def test_it_runs_in_the_given_folder(tmp_path: Path) -> None:
    assert run(script("import os; print(os.getcwd())"), cwd=str(tmp_path)).stdout.strip() == str(tmp_path.resolve())


def test_a_missing_program_is_the_users_error_and_names_the_program() -> None:
    with pytest.raises(ProgramMissing, match="no-such-program") as caught:
        run(["no-such-program"])
    assert caught.value.exit_code == ExitCode.USAGE
    assert "PATH" in caught.value.hint


def test_a_file_that_is_no_program_is_told_apart_from_a_missing_one(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("not executable")
    with pytest.raises(ProgramMissing, match="Permission denied") as caught:
        run([str(plain)])
    assert "PATH" not in caught.value.hint


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder") as caught:
        run(script("pass"), cwd=str(tmp_path / "gone"))
    assert not isinstance(caught.value, ProgramMissing)


def test_the_time_limit_keeps_what_was_said_until_then() -> None:
    done = run(script("import time; print('begun', flush=True); time.sleep(60)"), timeout=1)
    assert (done.timed_out, done.ok, done.stdout) == (True, False, "begun\n")


def test_the_time_limit_ends_the_children_of_the_program_too(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    child = f"import time\nwhile True: open({str(beat)!r}, 'a').write('x'); time.sleep(0.02)"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    assert run(script(code), timeout=1.5).timed_out
    before = beat.stat().st_size
    time.sleep(0.3)
    assert before > 0
    assert beat.stat().st_size == before


def test_a_daemon_that_holds_the_output_open_does_not_hold_us() -> None:
    daemon = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(15)'], start_new_session=True)"
    begun = time.monotonic()
    done = run(script(f"import subprocess, sys, time; {daemon}; print('begun', flush=True); time.sleep(60)"), timeout=2)
    assert (done.timed_out, done.stdout) == (True, "begun\n")
    assert time.monotonic() - begun < 12


def test_an_interruption_ends_the_program(tmp_path: Path) -> None:
    import signal

    beat = tmp_path / "beat"
    child = f"import time\nwhile True: open({str(beat)!r}, 'a').write('x'); time.sleep(0.02)"

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before_handler = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(script(child))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before_handler)
    before = beat.stat().st_size
    time.sleep(0.3)
    assert beat.stat().st_size == before
