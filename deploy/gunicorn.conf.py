"""How gunicorn serves Likeness, under `./run` and in the containers alike."""

import gc
import os

bind = f"{os.environ.get('LIKENESS_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
# the whole application is loaded once and shared; a mistake in it ends the start, not a loop
preload_app = True
# a large album over a slow line takes its time; threads keep the others served meanwhile
timeout = 120
graceful_timeout = 20
# the heartbeat file must not wait for a busy disk
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
control_socket_disable = True
loglevel = "warning"


def when_ready(_server: object) -> None:
    """Before the processes are forked: what is loaded stays, and need not be looked through."""
    gc.freeze()
