"""Measurements of the platform, each in a database of its own that is dropped afterwards."""
