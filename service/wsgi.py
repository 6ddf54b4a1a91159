"""For gunicorn: ``gunicorn service.wsgi:app``."""

from service.app import create_app
from service.config import read_settings

app = create_app(read_settings())
