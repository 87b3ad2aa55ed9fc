"""How fast the engine is, beside others on the same photos."""
