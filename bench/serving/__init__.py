"""What a server does: documents, pages, files, queries, search, and what stands before it."""
