"""A conformance suite for any linked-data server that answers HTTP.

Reads nothing of a server but its answers. Read `rules.py` for what is demanded, `run.py` for how.
"""
