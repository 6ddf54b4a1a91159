"""For ``gunicorn -c python:service.gunicorn``: the program is read once and shared by the workers.

Read, and no more: the application is made in each of them, since connections must not be shared by a fork.
"""

import service.app  # noqa: F401
