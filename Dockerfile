# syntax=docker/dockerfile:1
# One image for web, worker, beat and migrations. Nothing in it is written at run time: see docker-compose.yml.

# The few files of npm packages that pages need.
FROM node:22-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

# Python packages with their hashes, message catalogues and static files.
FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.lock /tmp/
RUN pip install --no-deps --require-hashes --only-binary :all: -r /tmp/requirements.lock
WORKDIR /app
COPY . .
COPY --from=assets /build/node_modules node_modules
# The addresses are never called: settings want some before they can be read.
RUN pybabel --quiet compile --domain django --directory locale \
    && SECRET_KEY=build DATABASE_URL=postgresql://build/build REDIS_URL=redis://build \
       python manage.py collectstatic --no-input \
    && rm -rf node_modules tests docs .ci .git

FROM python:3.13-slim-bookworm
# pg_dump and pg_restore for scripts/backup and scripts/restore; of the server's major number or newer.
ARG POSTGRES_MAJOR=18
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-common ca-certificates \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-${POSTGRES_MAJOR} \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 shopdesk \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin shopdesk \
    && install -d -o shopdesk -g shopdesk /media
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHON=/opt/venv/bin/python \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MEDIA_ROOT=/media \
    METRICS_DIR=/tmp/metrics
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "--backpressure", "64", "--workers-kill-timeout", "30", "--no-access-log", "shopdesk.wsgi:application"]
