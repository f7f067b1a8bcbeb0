"""The server: one release folder in, HTTP out.

Read `app.py` first, then `endpoint.py` (the way of a query), `supervisor.py` (workers) and
`holder.py` (releases). The server imports one module of the loader, `loader.release.opened`.
"""
