# One image for every service of docker-compose.yml; settings and texts are mounted, secrets come
# from the environment. Nothing of either is in it.

FROM python:3.11-slim-bookworm AS wheels
WORKDIR /build
COPY constraints.txt pyproject.toml README.md ./
COPY outreach outreach
COPY workers workers
RUN pip wheel --no-cache-dir --constraint constraints.txt --wheel-dir /wheels .

FROM python:3.11-slim-bookworm
# The wheels are only looked at: no layer keeps them, and nothing is compiled or fetched here.
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels outreach \
    && useradd --system --uid 10001 --home-dir /srv/outreach --shell /usr/sbin/nologin outreach \
    && install --directory --owner=outreach --mode=700 /srv/outreach/data
WORKDIR /srv/outreach
ENV HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
HEALTHCHECK NONE
CMD ["outreach", "--help"]
