"""Stands in for vLLM, which needs a GPU. Only the command line and the API of its server are here."""
