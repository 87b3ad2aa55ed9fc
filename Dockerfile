# Likeness for `docker compose up`: one image for web, worker, beat and the one-time preparation.
# The GPU worker's image is the same with --build-arg GPU=1.
FROM python:3.12-slim AS packages
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/opt/likeness
WORKDIR /build
COPY pyproject.toml uv.lock requirements-gpu.txt ./
RUN uv sync --frozen --no-dev
ARG GPU=""
# the CPU and the GPU build of ONNX Runtime are two packages with the same files
RUN if [ -n "$GPU" ]; then \
        uv pip uninstall --python /opt/likeness/bin/python onnxruntime && \
        uv pip install --no-cache --python /opt/likeness/bin/python -r requirements-gpu.txt; \
    fi

FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin likeness \
    && install -d -o likeness -g likeness -m 0700 /data
COPY --from=packages /opt/likeness /opt/likeness
COPY . /app
WORKDIR /app
# HOME, because libraries look for their caches there; DeepFace's weights have to last
ENV PATH=/opt/likeness/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp LIKENESS_HOST=0.0.0.0 PORT=8000 LIKENESS_DATA=/data DEEPFACE_HOME=/data
USER likeness
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "config.wsgi"]
