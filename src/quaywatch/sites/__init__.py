"""Where it is loaded: facilities, berths and yards drawn as GeoJSON."""
