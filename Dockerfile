# Two images of one source: `api` serves and takes jobs, `worker` trains them. See docs/deploy.md.
FROM python:3.11.14-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN useradd --uid 10001 --create-home actsearch
WORKDIR /home/actsearch
COPY constraints.txt /opt/actsearch/

FROM base AS wheel
COPY . /source
RUN pip install -c /opt/actsearch/constraints.txt setuptools \
 && pip wheel --no-deps --no-build-isolation --wheel-dir /wheels /source

# What the service over HTTP, `actsearch upgrade`, `token`, `jobs` and `doctor` need: no torch, Ray or MLflow.
FROM base AS api
ARG API_NEEDS="alembic fastapi httpx jinja2 latex2mathml markupsafe numpy optuna prometheus-client psutil \
 psycopg[binary] pydantic pyyaml rich scipy sqlalchemy typer uvicorn"
RUN pip install -c /opt/actsearch/constraints.txt ${API_NEEDS}
RUN --mount=from=wheel,source=/wheels,target=/wheels pip install --no-deps /wheels/*.whl
USER actsearch
EXPOSE 8050
CMD ["actsearch", "serve", "--host=0.0.0.0", "--port=8050", "--no-runner"]

# All of it. torch may come from an index of its own, which says for which hardware; all else from the usual one.
FROM api AS worker
USER root
ARG TORCH_INDEX=""
RUN pip install -c /opt/actsearch/constraints.txt --no-deps ${TORCH_INDEX:+--index-url ${TORCH_INDEX}} torch
RUN --mount=from=wheel,source=/wheels,target=/wheels \
    pip install -c /opt/actsearch/constraints.txt "$(echo /wheels/*.whl)[compiler]"
# The folders that volumes cover take their owner from here. The compiler stays: on a processor of another
# kind than the one that this is built on, the kernel is built anew.
ENV ACTSEARCH_KERNEL_DIR=/opt/actsearch/kernel
RUN install -d -o actsearch -g actsearch /opt/actsearch/kernel /var/lib/mlflow
USER actsearch
RUN actsearch kernel --build
CMD ["actsearch", "runner"]
