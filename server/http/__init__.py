"""HTTP as pure functions: negotiation, formats, conditions, header fields, representations."""
