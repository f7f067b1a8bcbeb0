"""The loader's commands by what they work on: rows of a table, and a function each."""
