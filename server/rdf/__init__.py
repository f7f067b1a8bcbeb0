"""Triples in every syntax. Pure: quads in, text out.

Read in this order: `model` (terms and quads), `memory` (the quads of one document), `addresses`,
`turtle`, `rdfxml`, `contexts` and `jsonld` (the same statements in each syntax), `names` (search).
"""
