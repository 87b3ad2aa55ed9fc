"""From a face to a vector."""
