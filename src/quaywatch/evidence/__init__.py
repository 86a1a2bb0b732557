"""What we know, and how: sources, observations, claims, findings, the ledger, the wording."""
