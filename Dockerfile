# syntax=docker/dockerfile:1
# The GraphiQL page: Node stays here.
FROM node:24-slim AS page
WORKDIR /build/graphiql
COPY gatepost/http/graphiql/package.json gatepost/http/graphiql/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY gatepost/http/graphiql/ ./
RUN npm run build

# The packages: compilers stay here.
FROM python:3.13-slim AS packages
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ make \
    && rm -rf /var/lib/apt/lists/*
ENV CMAKE_POLICY_VERSION_MINIMUM=3.5 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/gatepost
ENV PATH=/opt/gatepost/bin:$PATH
WORKDIR /build
COPY build.lock cmake.lock runtime.lock ./
RUN pip install --no-deps --require-hashes -r build.lock -r cmake.lock \
    && pip install --no-deps --require-hashes --no-build-isolation -r runtime.lock \
    && pip uninstall --yes cmake
COPY pyproject.toml README.md LICENSE ./
COPY gatepost/ gatepost/
COPY --from=page /build/graphiql/dist/ gatepost/http/graphiql/dist/
RUN pip install --no-deps --no-build-isolation --no-index .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin gatepost
COPY --from=packages /opt/gatepost /opt/gatepost
WORKDIR /app
COPY app.py ./
COPY db/ db/
COPY sdl/ sdl/
COPY resolvers/ resolvers/
ENV PATH=/opt/gatepost/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 GATEPOST_HOST=0.0.0.0
USER gatepost
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; e = os.environ.get; r.urlopen('http://127.0.0.1:' + (e('GATEPOST_PORT') or e('PORT') or '8080') + '/healthz', timeout=2)"]
CMD ["python", "app.py"]
