"""Review: people decide about links that the matching leaves in doubt."""
