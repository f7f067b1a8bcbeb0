"""What the text of a query says, and how a mistake in it is told. Pure: text in, values out."""
