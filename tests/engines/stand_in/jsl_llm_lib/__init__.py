"""Stands in for John Snow Labs' container library, which is not on any package index. Only the interface is theirs."""
