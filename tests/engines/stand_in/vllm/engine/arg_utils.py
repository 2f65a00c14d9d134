"""The settings of an engine, by name."""


class AsyncEngineArgs:
    def __init__(self, *, model: str, **others: object) -> None:
        if "no_such_option" in others:
            raise TypeError("EngineArgs.__init__() got an unexpected keyword argument 'no_such_option'")
        self.model = model
        self.max_num_seqs = others.get("max_num_seqs", 4)
