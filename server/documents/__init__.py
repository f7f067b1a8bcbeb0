"""An address → its triples, links and available formats. Independent of requests."""
