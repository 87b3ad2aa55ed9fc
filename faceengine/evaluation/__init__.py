"""How well packs answer, measured on labelled photos."""
