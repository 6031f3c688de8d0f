"""The thin edge: strict bodies in, problem documents out. No rule lives here."""
