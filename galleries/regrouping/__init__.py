"""Whole regrouping: all faces of a gallery grouped anew, and what that would change proposed.

`material` is what is known, `lines` compares groups with persons, `work` is the background, and
`answers` is what people make of a proposal. Nothing here goes against a human decision.
"""
