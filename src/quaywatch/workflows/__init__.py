"""The verbs: the only code that chooses adapters and puts the pieces together."""
