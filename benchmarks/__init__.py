"""Measure goflow against its peers, its floor and its bounds: `python -m benchmarks`."""
