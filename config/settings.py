"""Every setting of Likeness, read from the environment; docs/configuration.md explains each."""

import os
import re
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from config import embedded
from config.secret_key import local_secret_key
from faceengine.scenes.backbones import DEFAULT_BACKBONE

# lets classes name their model, as in ModelAdmin[Photo], also at run time
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

LIKENESS_DATA = Path(env("LIKENESS_DATA", default=str(BASE_DIR / "var"))).resolve()
LIKENESS_MODELS = tuple(
    Path(folder) for folder in env("LIKENESS_MODELS", default="").split(os.pathsep) if folder
)
LIKENESS_PACK = env("LIKENESS_PACK", default="")
LIKENESS_SCENES = env("LIKENESS_SCENES", default="") or DEFAULT_BACKBONE
LIKENESS_COLOURS = env("LIKENESS_COLOURS", default="4x4x8x2x3")
# a part of SQL, so nothing else may stand there
if not re.fullmatch(r"([1-9]\d?x){3}([2-9]|[1-9]\d)x([2-9]|[1-9]\d)", LIKENESS_COLOURS):
    raise ImproperlyConfigured(
        "LIKENESS_COLOURS must be the numbers of rows, columns, hues, saturations and "
        "brightnesses, the last two at least 2, as in 4x4x8x2x3."
    )
LIKENESS_TRASH_DAYS = env.int("LIKENESS_TRASH_DAYS", default=30)
LIKENESS_ACCEL = env.bool("LIKENESS_ACCEL", default=False)
LIKENESS_HTTPS = env.bool("LIKENESS_HTTPS", default=False)
LIKENESS_MAX_PHOTO_MB = env.int("LIKENESS_MAX_PHOTO_MB", default=200)
LIKENESS_BATCH = env.int("LIKENESS_BATCH", default=8)
LIKENESS_LEASE_SECONDS = env.int("LIKENESS_LEASE_SECONDS", default=120)
LIKENESS_THREADS = env.int("LIKENESS_THREADS", default=0)
LIKENESS_SEARCHES_PER_MINUTE = env.int("LIKENESS_SEARCHES_PER_MINUTE", default=60)
LIKENESS_SEARCH_LOG_DAYS = env.int("LIKENESS_SEARCH_LOG_DAYS", default=365)
LIKENESS_LOOKS_AT_ONCE = env.int("LIKENESS_LOOKS_AT_ONCE", default=2)
LIKENESS_LOOKS_WAITING = env.int("LIKENESS_LOOKS_WAITING", default=4)
LIKENESS_LOOKS_WAIT_SECONDS = env.int("LIKENESS_LOOKS_WAIT_SECONDS", default=10)

DATABASE_URL = env("DATABASE_URL", default="")
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if not SECRET_KEY:
    if LIKENESS_HTTPS:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: give every process the same long random text in SECRET_KEY."
        )
    SECRET_KEY = local_secret_key(LIKENESS_DATA)

_database = environ.Env.db_url_config(DATABASE_URL or embedded.database_url(LIKENESS_DATA))
# somebody waits for nearly every query, and for few of them for as long as it takes to start
# helping processes or a compiler: the rows of 5,000 faces come in 8 ms instead of 19
_FAST_ANSWERS = "-c jit=off -c max_parallel_workers_per_gather=0"
DATABASES = {
    "default": {
        **_database,
        "OPTIONS": {"options": _FAST_ANSWERS, **_database.get("OPTIONS", {})},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
REDIS_URL = env("REDIS_URL", default="") or embedded.redis_url(LIKENESS_DATA)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "likeness",
    }
}

INSTALLED_APPS = [
    "config.apps.LikenessAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "csp",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "accounts",
    "galleries",
    "search",
]
MIDDLEWARE = [
    "config.unread.ReadToTheEndMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.TemporaryPasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.outage.RedisOutageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "galleries"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_I18N = False
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# read from where they lie: no collectstatic step that somebody could forget
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = Path(env("LIKENESS_MEDIA", default=str(LIKENESS_DATA / "media")))
STORAGES = {
    "default": {"BACKEND": "galleries.storage.DurableStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# without JavaScript a whole album arrives in one request
DATA_UPLOAD_MAX_NUMBER_FILES = 2000

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = LIKENESS_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if LIKENESS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if LIKENESS_HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_TASK_DEFAULT_QUEUE = env("CELERY_QUEUE", default="likeness")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # must exceed the time limit, or Redis hands a running task to a second worker
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    # a dead Redis must not hold up an upload: the ledger has the photo already
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 180
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "ring-for-waiting-photos": {"task": "galleries.tasks.ring", "schedule": timedelta(seconds=30)},
    "calibrate-changed-galleries": {
        "task": "galleries.tasks.calibrate_changed",
        "schedule": timedelta(minutes=10),
    },
    "empty-trash": {"task": "galleries.tasks.empty_trash", "schedule": timedelta(hours=6)},
    "forget-old-searches": {"task": "search.tasks.forget_searches", "schedule": timedelta(hours=6)},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "config.api_errors.answer_error",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"sign-in": "10/min"},
    # whose word on the sender's address counts: nginx's where it stands in front, else nobody's
    "NUM_PROXIES": int(LIKENESS_ACCEL or LIKENESS_HTTPS),
}
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - the name of a model
# knox's migrations make its own table of tokens even where another model takes its place
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": timedelta(days=365), "TOKEN_MODEL": KNOX_TOKEN_MODEL}
SPECTACULAR_SETTINGS = {
    "TITLE": "Likeness",
    "DESCRIPTION": "Find every photo of a person in an archive that several people share.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "TAGS": [
        {"name": "tokens", "description": "Sign in from a device, and sign devices out."},
        {"name": "galleries", "description": "Galleries, and what is in them."},
        {"name": "photos", "description": "One photo, its faces and its pictures."},
        {"name": "deletions", "description": "Deleted photos: brought back, or gone for good."},
        {"name": "deleted-photos", "description": "The same for one photo of a deletion of many."},
        {"name": "faces", "description": "Faces cut out of their photos, and whose they are."},
        {"name": "persons", "description": "Who is who: naming, merging, splitting."},
        {"name": "classifiers", "description": "What a gallery's people or albums teach."},
        {"name": "batches", "description": "Taking decisions back."},
        {
            "name": "probes",
            "description": "Show a picture, choose among its faces, search: "
            f"{LIKENESS_SEARCHES_PER_MINUTE} times a minute, together with the pages.",
        },
        {
            "name": "looks",
            "description": "Photos that look like a picture, or have some colours.",
        },
        {"name": "matches", "description": "Search by persons alone, without a picture."},
        {"name": "groups", "description": "The same by person."},
        {"name": "search", "description": "A picture and its matches in one step."},
    ],
    "ENUM_NAME_OVERRIDES": {
        "AssignedByEnum": "galleries.models.AssignedBy",
        "ClassifierStateEnum": "galleries.models.classifier.Classifier.State",
        "FaceSourceEnum": "galleries.models.face.Face.Source",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api_errors.describe_errors",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"busy-is-no-error": {"()": "config.logs.BusyIsNoError"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django.request": {"filters": ["busy-is-no-error"]}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
