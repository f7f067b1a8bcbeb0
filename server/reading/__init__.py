"""Any RDF file → its triples, or its faults. Read `reader.py` first."""
