"""Turns whatever started the tests into a surrounding in which Ctrl-C means something: in the background it does not."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
