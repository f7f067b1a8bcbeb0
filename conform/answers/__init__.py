"""What a server answers: fetched, its header fields, its pages, its RDF."""
