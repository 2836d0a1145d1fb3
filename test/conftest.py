"""Turns whatever started the tests into surroundings where Ctrl-C is heard: in the background it is not."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
