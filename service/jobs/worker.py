"""What ``celery -A service.jobs.worker`` works with: settings of the environment, and every kind of work."""

from __future__ import annotations

from service.config import read_settings
from service.features import load_models
from service.jobs.celery import celery_app
from service.jobs.work import works

load_models()
works()
app = celery_app(read_settings())
