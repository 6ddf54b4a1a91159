"""How many values a law is tried on: few by default, with ``ROLLCALL_TEST_EXAMPLES`` so many."""

import os

_GIVEN = os.environ.get("ROLLCALL_TEST_EXAMPLES", "")
DEEP = bool(_GIVEN)
"""Whether more is tried than by default, and other values each time."""

EXAMPLES = int(_GIVEN or 20)
FEW = max(1, EXAMPLES // 4)
"""Where one example takes a tenth of a second and more."""
