"""The web application: the only place where its parts are put together."""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from service import answers, health, navigation, openapi
from service.accounts import guard
from service.config import Settings
from service.db import Base, engine_of
from service.features import features, load_models
from service.jobs.celery import celery_app
from service.tenancy import assert_walls
from service.web import site


class Id(IntegerConverter):
    """A number in an address: one that no row can have is no address."""

    def __init__(self, url_map: Map, *args: Any, **options: Any) -> None:
        super().__init__(url_map, *args, max=2**31 - 1, **options)  # type: ignore[misc]


def create_app(settings: Settings) -> APIFlask:
    """Build the application for these settings; it refuses to start where the database has no walls.

    Raises:
        StartRefusedError, UnsafeSettingError: what is wrong, and what to do.
    """
    load_models()
    with engine_of(settings.database_url).connect() as connection:
        assert_walls(connection, Base.metadata)
    for name in ("master_key", "audit_key"):
        settings.key(name)
    app = APIFlask(
        "service",
        title="Rollcall 一个不少",
        version="1",
        static_folder="web/static",
        template_folder="web/templates",
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    app.config.update(
        ROLLCALL=settings,
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.upload_mib * 2**20 + 2**16,
        MAX_FORM_MEMORY_SIZE=2**20,
        MAX_FORM_PARTS=2_000,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.url_map.converters["int"] = Id
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxies, settings.proxies)  # type: ignore[method-assign]
    if settings.broker_url:
        celery_app(settings)  # what requests ask for is rung there right after their commit
    app.extensions["rollcall.identify"] = lambda: None
    guard.install(app)
    answers.install(app)
    navigation.install(app)
    site.install(app)
    health.install(app)
    openapi.install(app)
    for module in features("views", "api"):
        install = getattr(module, "install", None)
        if install:
            install(app)
        app.register_blueprint(module.pages if hasattr(module, "pages") else module.api)
    return app
