"""Many counties at once: each is screened by itself, then the pass across counties looks for who moved.

No engine of its own: a county is a job as any other, and the pass is one more screening, of those whom their
own county knows at no school against the pupils whom no resident of their county claims.
"""
