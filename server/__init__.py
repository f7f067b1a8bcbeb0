"""The server: one release folder in, HTTP out.

Read `app.py` first. The server imports one module of the loader, `loader.release`.
"""
