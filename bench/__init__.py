"""Benchmarks: absolute figures and their ratios to floors measured in the same run. `make bench`."""
