"""Screening on Spark: the session, where tables lie, what comes in and what goes out."""
