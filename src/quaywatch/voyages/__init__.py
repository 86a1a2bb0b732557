"""How it moves: which ports a silence leaves time for."""
