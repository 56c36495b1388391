"""plinthctl: run, watch and repair Plinth's long AI jobs from a terminal."""

__version__ = "0.1.0"
