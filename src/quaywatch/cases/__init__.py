"""The dossier: built from claims, verified to the byte."""
