"""The REST API of galleries: the same functions as behind the pages, with tokens and JSON."""
