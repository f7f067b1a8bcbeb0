"""The loader: builds one release folder from ontology, shapes, seeds and queries.

Read `loader.pipeline` first.
"""
