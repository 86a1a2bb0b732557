"""Where: positions, geodesic and water distance, land."""
