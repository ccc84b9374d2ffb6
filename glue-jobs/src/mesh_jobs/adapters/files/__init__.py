"""Files of a laptop: landing and raw zone, events, documents of runs, the masking key."""
