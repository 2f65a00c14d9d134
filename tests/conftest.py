"""Signals as in a terminal.

A shell without job control starts what it puts in the background deaf to Ctrl-C, Dagster makes such a process deaf to
SIGTERM as well, and all that the tests start would inherit both.
"""

import signal

for _signal, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
    if signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, _usual)
