"""Who may do what, and what is remembered: commands, reports, the demo county."""
