"""Runs the benchmark of the swarms and reports on it."""
