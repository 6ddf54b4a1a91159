"""The joint meeting of a round: its agenda, what it decides, and the figures that its agencies sign."""
