"""A conformance suite for linked-data servers: whatever answers HTTP can be asked.

Reads nothing of a server but its answers. Read `rules.py` for what is demanded, `run.py` for how.
"""
