"""Analyses the text of a query and explains its errors. Pure: text in, values out."""
