"""Classifiers of a gallery's own persons and albums.

`lessons` is what one learns from, `work` is the background, `versions` says which is in use and
removes what must not be kept, and `guesses` is what the one in use thinks of faces.
"""
