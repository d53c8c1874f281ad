"""The web process. It alone uses a connection pool: see the note in ``settings``."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
os.environ.setdefault("DATABASE_POOL", "1")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
