"""Stands in for vLLM, which needs a GPU or a build of its own: the classes that the engine `vllm` uses, and no model.

tests/vllm runs the same engine over the real one.
"""
