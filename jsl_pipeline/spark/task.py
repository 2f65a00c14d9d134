"""What a task of the cluster does that reads pages: one engine, fed from the driver's counter."""

import time
from itertools import chain

from jsl_pipeline.engines import EngineSettings
from jsl_pipeline.errors import PipelineError
from jsl_pipeline.extraction import ask, reading_engine
from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.spark.line import Door
from jsl_pipeline.spark.visit import CutOff, Visit
from jsl_pipeline.store import Store

_CALLS_SECONDS = 2.0  # between two accounts of what was asked, for the pace of the run


def read_pages(door: Door, store: Store, settings: EngineSettings) -> None:
    """Read pages until none wait. Where none wait from the start, no engine is started.

    An error that ends the run goes to the driver, so the task itself ends well and is not repeated. Raises
    Unreachable.
    """
    with Visit(door) as visit:
        try:
            visit.leave(_serve(visit, store, settings))
        except PipelineError as error:
            visit.fail(error)
        except CutOff:
            return  # whoever waited for the answers has gone; what is journaled stays


def _serve(visit: Visit, store: Store, settings: EngineSettings) -> EngineCalls | None:
    pages = visit.pull()
    if not pages:
        return None
    calls: list[EngineCalls] = []
    told = time.monotonic()
    engine = reading_engine(settings, visit.tell, visit.share)
    with engine:
        while pages:
            for asked in ask(engine, store, chain([pages], visit.portions())):
                visit.report(asked)
                if time.monotonic() - told >= _CALLS_SECONDS and (now := engine.calls):
                    told = time.monotonic()
                    visit.tell_calls(EngineCalls.total([*calls, now]) or now)
            if engine.calls:
                calls.append(engine.calls)
            pages = visit.pull()  # what others gave back meanwhile
    return EngineCalls.total(calls)
