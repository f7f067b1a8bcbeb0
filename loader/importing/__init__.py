"""`pacta import`: the rows of a table → records with their evidence. Read importing.py first."""
