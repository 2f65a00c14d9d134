"""A stand-in for the serving part of a Databricks workspace, on loopback."""
