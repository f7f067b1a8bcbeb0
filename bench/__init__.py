"""Measurements of the build and the server: `python -m bench` prints one table.

Nothing here is a test. Numbers of one machine at one hour mean little alone, so whatever has a
target is measured beside something else in the same run, in turns, over loopback.
"""
