"""Falsified tracks made from honest ones, with what is false written down row by row."""
