"""Checks a graph: SHACL shapes, questions with their rows, addresses of earlier releases."""
