"""Simulated worlds with planted truth, strategies and contracts, shipped for plugin authors."""
