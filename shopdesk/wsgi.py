"""The web process. It alone uses a connection pool: see the note in ``settings``."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
os.environ.setdefault("DATABASE_POOL", "1")

from django.conf import settings

# Read when prometheus_client is imported, which the application does: the web processes add up what each counted.
if settings.METRICS_DIR:
    os.makedirs(settings.METRICS_DIR, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = settings.METRICS_DIR

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

# The desk's own code stays to the end: it is not gone through again.
gc.collect()
gc.freeze()
