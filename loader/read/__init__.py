"""Files → checked records: YAML as text, vocabulary, schema, dates, passages."""
