"""The release in use, former releases, their stores, and the texts of the documents."""
