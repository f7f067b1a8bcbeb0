"""Any RDF file → its statements, or the faults that stand in it. Read `reader.py` first."""
