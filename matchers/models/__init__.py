"""Models as reviewed data files: weights, thresholds and rules in TOML, look-alike characters in CSV."""
