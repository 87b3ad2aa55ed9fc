"""Whole pictures → numbers: what is in them, their colours, and whether two are the same."""
