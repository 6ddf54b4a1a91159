"""For ``celery -A service.jobs.clock beat``: it tells the time, and needs no work and no table."""

from __future__ import annotations

from service.config import read_settings
from service.jobs.celery import celery_app

app = celery_app(read_settings())
