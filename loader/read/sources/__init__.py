"""What records say of the documents: passages, where they stand, what was left out."""
