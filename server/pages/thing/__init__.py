"""The page of one thing, part by part; `page.py` puts the parts in the order of its kind."""
