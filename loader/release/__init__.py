"""The release folder: manifest, opening, store, differences, push.

`opened` and `manifest` need the standard library alone: they are the contract with the server.
"""
