"""Checked records → statements, plain triples, periods, disagreements, inference."""
