"""Statements about an IRI → what its page shows. Pure: values in, values out.

Read in this order: `model` (terms and quads), `document` (which statements belong to an address),
`turtle`, `rdfxml`, `contexts` and `jsonld` (the same statements in each syntax), `words` (values
for people), `view` (what the HTML page shows), `names` (search), `lists` (whole-collection views).
"""
