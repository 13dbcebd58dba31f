# Two images from one file: `--target operator` and `--target serving`.
#
# The base image must hold Python 3.11 or later as `python3`, with the venv module, and libstdc++.
ARG PYTHON_IMAGE=python:3.11-slim

# What both images and their builders share: nothing but the interpreter and its settings.
FROM ${PYTHON_IMAGE} AS base
# NumPy's linear algebra would start a thread for every core of the node, and nothing here uses it.
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 OPENBLAS_NUM_THREADS=1

# The builder: uv in an environment of its own, then the dependencies exactly as they are locked.
# They make a layer that changes only with the lock file.
FROM base AS build
# Where a private certificate authority must be trusted, mount its bundle and name it here.
ARG SSL_CERT_FILE
ARG SOURCE_DATE_EPOCH=0
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON=python3 \
    UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/modelspec
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml uv.lock ./

FROM build AS build-operator
ARG SSL_CERT_FILE
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-default-groups --extra operator --no-install-project
COPY README.md LICENSE ./
COPY spec spec
COPY operator operator
COPY serving serving
COPY fetch fetch
COPY cli cli
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-default-groups --extra operator --no-editable

FROM build AS build-serving
ARG SSL_CERT_FILE
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-default-groups --extra serving --no-install-project
COPY README.md LICENSE ./
COPY spec spec
COPY operator operator
COPY serving serving
COPY fetch fetch
COPY cli cli
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-default-groups --extra serving --no-editable

# The images: the interpreter and one environment. No compiler, no package manager of ours, no source.
FROM base AS operator
COPY --from=build-operator /opt/modelspec /opt/modelspec
USER 65532:65532
ENTRYPOINT ["/opt/modelspec/bin/modelspec-operator"]

FROM base AS serving
# onnxruntime sends telemetry unless told not to before it is imported.
ENV ORT_DISABLE_TELEMETRY=1
COPY --from=build-serving /opt/modelspec /opt/modelspec
USER 65532:65532
ENTRYPOINT ["/opt/modelspec/bin/modelspec-serving"]
