"""The other half of the search: photos that look like a picture, by content, colours or both."""
