"""The ledgers of a round, what changed from round to round, and the history of a child."""
