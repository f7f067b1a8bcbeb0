"""Terms, order, names, Turtle and JSON-LD. Pure: values in, text out; the server may share it."""
