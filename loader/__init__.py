"""The loader: knowledge (ontology, shapes, seeds, queries) in, one release folder out.

Read `loader.pipeline` first.
"""
