"""Pages over the whole collection: front, lists, a day, timeline, map, search. Pure."""
