"""Confidence: how likely a value of a record is right, from what can be measured about it."""
