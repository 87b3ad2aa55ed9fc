"""A classifier of a folder's own people or things: one folder of photos a class.

Two ways are tried on the same parts of the photos: a linear head on vectors that exist already
(`head`), which takes seconds, and the classic one, a network whose own layers are trained on
(`transfer`).
"""
