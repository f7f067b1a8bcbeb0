"""A release as a static site: every page and file that a server of it would send.

`table` lists what there is, `links` says where each address lies in the frozen site, `writing` asks
the application for each of them and writes the folder.
"""
