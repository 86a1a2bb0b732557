"""Where broadcasts and images agree and disagree."""
