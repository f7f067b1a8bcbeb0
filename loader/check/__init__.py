"""Judges a graph: SHACL shapes, questions with their rows, addresses of the release before."""
