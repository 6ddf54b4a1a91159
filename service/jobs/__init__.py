"""Work that loses nothing and does nothing twice: the database is the truth, the broker a doorbell."""
