"""What executors are asked to do in these tests. They import it by name."""

import os
import signal
import time

from jsl_pipeline.errors import LandingUnavailable

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # many Java processes are started here, and none lives long


def act(item: object) -> object:
    """Do as the item says, or give it back with the process that did."""
    match item:
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            time.sleep(60)
        case "bug":
            raise ValueError("text of a patient")
        case "outage":
            raise LandingUnavailable("The landing folder cannot be reached for now.")
        case float() as seconds:
            time.sleep(seconds)
    return item


def hang(mark: str) -> None:
    """Write who works on this item, and never end."""
    with open(mark + ".new", "w") as file:
        file.write(str(os.getpid()))
    os.replace(mark + ".new", mark)
    time.sleep(600)


def owner(seconds: float) -> int:
    """The Spark process that this one works for, after some time at work."""
    time.sleep(seconds)
    with open("/proc/self/stat") as stat:
        forkserver = stat.read().rsplit(")", 1)[1].split()[1]
    with open(f"/proc/{forkserver}/stat") as stat:
        return int(stat.read().rsplit(")", 1)[1].split()[1])


def one(item: object) -> int:
    """Every item brings the same."""
    return 1
