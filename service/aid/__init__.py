"""Student aid held against what a run has found (应助尽助): who is owed it, and who has it without ground."""
