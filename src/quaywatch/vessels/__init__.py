"""Who: identifiers that name a transponder or a hull."""
