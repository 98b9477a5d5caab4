"""Discovery: a process of its own that holds both catalogues and matches them.

The engine's process starts it, tells it where the venues are, and hears of nothing but links.
"""
