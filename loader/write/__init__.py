"""Writes dumps, descriptions (VoID, DCAT) and the release folder."""
