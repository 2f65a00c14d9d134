"""The error of an engine whose process is gone."""


class EngineDeadError(Exception):
    pass
