"""The page of one thing, part by part; `page.py` puts the parts together in the order of its kind."""
