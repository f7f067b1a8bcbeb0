"""`pacta init`: writes the workspace of a new collection.

`answers` holds what is asked and how it is checked, `workspace` renders the files of `files/` and
writes them. Source: docs/how-to/your-own-collection.md, decision 0027.
"""
