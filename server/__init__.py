"""The server: serves one release folder over HTTP.

Read `app.py` first, then `sparql/service.py` (the way of a query), `pool/pool.py` (workers) and
`release/current.py` (releases). The server imports `loader.release` and `loader.rdf`, nothing else
of the loader.
"""
