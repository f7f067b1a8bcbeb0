"""The ontology as tables: classes, properties, lists, and the JSON-LD context."""
