"""The review of doubtful links: persons decide, later runs obey, a blind sample says how good a run is."""
