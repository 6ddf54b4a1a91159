"""Time limits: how long each step of verification may take, and by which document."""
