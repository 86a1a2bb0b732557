"""Our numbers beside those of others, measured in one run on this machine: ``quaywatch bench``."""
