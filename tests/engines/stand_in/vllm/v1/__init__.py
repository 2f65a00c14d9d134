"""Stands in for vLLM. Only the interface is theirs."""
