"""Benchmarks, each in a database of its own beside the shop's: ``scripts/bench_import``, ``scripts/bench_lists``."""
