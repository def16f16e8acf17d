"""Comparison of trackers on one machine, in one run: see __main__.py."""
