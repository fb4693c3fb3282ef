# One image, three commands: `serve bot`, `serve admin`, `serve desk`.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /opt/wegweiser && /opt/wegweiser/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt

FROM python:3.11-slim-bookworm
# pg_dump and pg_restore for `wegweiser backup` of a PostgreSQL 15; a newer server needs its own version's client.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-15 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/wegweiser --create-home wegweiser
WORKDIR /srv/wegweiser
COPY --from=build /opt/wegweiser /opt/wegweiser
COPY wegweiser.py ./
COPY dialogs dialogs
COPY locales locales
COPY storage storage
COPY bot bot
COPY admin admin
RUN /opt/wegweiser/bin/python -m compileall -q .
ENV PATH=/opt/wegweiser/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WEGWEISER_HOST=0.0.0.0
USER 10001
VOLUME /var/lib/wegweiser
EXPOSE 8080 8081 8082
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('WEGWEISER_HEALTH_PORT', '8080')}/healthz\", timeout=4)"]
ENTRYPOINT ["python", "wegweiser.py"]
CMD ["serve", "all"]
