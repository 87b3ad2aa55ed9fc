"""Review: questions about the faces of a gallery, the most useful first, and what answers do.

First whoever is seen most and has no name, then what the matcher doubts, then what contradicts
itself: a person twice in one photo, a face unlike the others of its person, a photo from before the
birth. Last come the faces that nobody else is like. Each question looks at a bounded number of rows
and vectors; what needs more is found out ahead and kept in the outlook.
"""
