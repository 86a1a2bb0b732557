"""quaywatch: what moved through a port, by which ship, and how sure we are."""
