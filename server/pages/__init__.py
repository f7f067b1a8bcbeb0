"""Triples about an IRI → the content of its page. Pure: values in, values out.

Read in this order: `words` (values for people), `view` (what an entity's page shows), `lists`
(views over the whole collection).
"""
