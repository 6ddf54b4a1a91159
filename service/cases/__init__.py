"""Cases: the children on a round's worklist, and what becomes of each."""
