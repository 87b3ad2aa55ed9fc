"""The web pages of galleries: find (with permission), act, render."""
