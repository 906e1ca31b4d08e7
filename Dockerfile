# One target for each service of docker-compose.yml. Written for every builder, the classic one too.
FROM python:3.11-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONPATH=/app PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 \
    HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
# The packages come first: this layer is made again only when the lock changes.
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY docker/ping.sh /
# Volumes take over the owner of the folder that they cover.
RUN useradd --system --user-group --uid 10001 workshop && mkdir /data && chown workshop:workshop /data
USER workshop

FROM base AS collector
COPY collector ./collector
EXPOSE 8126 4318 9411 14268 6831/udp 6832/udp 5778 2000/udp 2000
CMD ["python", "-m", "collector"]

# Collector and page in one container, for traces of any app: see docs/viewer.md.
FROM base AS viewer
COPY collector ./collector
COPY ui ./ui
COPY trace_viewer ./trace_viewer
EXPOSE 8080 8126 4318 9411 14268 6831/udp 6832/udp 5778 2000/udp 2000
VOLUME /data
HEALTHCHECK --interval=3s --timeout=10s --start-period=20s \
    CMD PORT=8126 bash /ping.sh && PORT=8080 bash /ping.sh
ENTRYPOINT ["python", "-m", "trace_viewer"]

# Begins as root, and gives that up at once: see docker/entrypoint.py.
FROM base AS chooser
USER root
COPY docker/entrypoint.py /
ENTRYPOINT ["python", "/entrypoint.py"]

FROM chooser AS ui
COPY ui ./ui
COPY steps ./steps
COPY docs/glossary.md ./docs/
EXPOSE 8080
CMD ["ui"]

FROM chooser AS app
COPY tracer ./tracer
COPY services ./services

FROM app AS taster
EXPOSE 5001
CMD ["taster"]

FROM app AS web
EXPOSE 5000
CMD ["web"]

# Its code is in the repository, which is mounted. The Redis is for `./workshop cost`.
FROM chooser AS tutor
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server \
    && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["python", "/entrypoint.py", "tutor"]

FROM base AS locust
COPY tracer ./tracer
COPY loadtest ./loadtest
EXPOSE 8089
CMD ["locust", "-f", "loadtest/locustfile.py", "--master", "--host", "http://web:5000"]
