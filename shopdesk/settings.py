"""Settings. Everything that differs between installations comes from the environment.

With no ``DATABASE_URL`` or ``REDIS_URL`` the desk runs on servers of its own, see ``shopdesk.embedded``.
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from shopdesk import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
# True only where the desk is served without TLS on the same machine, as scripts/serve does.
SERVE_HTTP = env.bool("SERVE_HTTP", default=DEBUG)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it in the environment (50 random characters or more), "
            "or start the desk with scripts/serve, which makes one and keeps it in var/."
        )
    SECRET_KEY = "insecure-development-key-" + "0" * 40
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "shopdesk.desk",
    "afterservice",
    "orders",
    "shipping",
    "members",
    "shopdesk.api",
    "shopdesk.base",
    "shopdesk.base.admin_config.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_htmx",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "shopdesk.base.middleware.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "shopdesk.base.middleware.HealthMiddleware",
    "shopdesk.base.metrics.TimingMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shopdesk.base.middleware.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shopdesk.base.middleware.StaffLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shopdesk.base.middleware.RequestLogMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "shopdesk.base.middleware.OriginMiddleware",
    "shopdesk.base.middleware.PermissionMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "shopdesk.urls"
WSGI_APPLICATION = "shopdesk.wsgi.application"
TEMPLATE_LOADERS = [f"django.template.loaders.{where}.Loader" for where in ("filesystem", "app_directories")]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("shopdesk.base.folded_templates.Loader", TEMPLATE_LOADERS)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "shopdesk.desk.context.shell",
            ],
            "libraries": {"heroicons": "shopdesk.base.templatetags.icons"},
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "shopdesk.base.templatetags.desk",
                "shopdesk.base.templatetags.words",
            ],
        },
    }
]

# Database and broker -------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="") or embedded.database_url()
REDIS_URL = env.str("REDIS_URL", default="") or embedded.redis_url()

DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {})["application_name"] = "shopdesk"
# A pool opened before a fork is shared by parent and child: only the web processes, which ask for it
# after their fork, may have one. Celery's prefork workers keep a plain connection each.
# Behind PgBouncer, which pools by transaction, nothing may outlive one: no cursors kept by the server, no prepared
# statements, and no second pool in front of its own.
DATABASE_PGBOUNCER = env.bool("DATABASE_PGBOUNCER", default=False)
if DATABASE_PGBOUNCER:
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    DATABASES["default"]["CONN_MAX_AGE"] = 60
elif env.bool("DATABASE_POOL", default=False):
    # Seconds. No thread waits for a turn, since there are fewer than connections: what takes longer is a database
    # that is away, and pages are not to hang on it. Each request tries to connect, after no growing pause.
    waits = {"timeout": 3, "reconnect_timeout": 2}
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": 10, **waits}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
# Of what goes through `shopdesk.base.prepared`; all else is sent as text.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = None if DATABASE_PGBOUNCER else 5

# Reports and exports may read a copy that follows behind; everything else asks the one that is written to.
if DATABASE_REPLICA_URL := env.str("DATABASE_REPLICA_URL", default=""):
    replica = env.db_url_config(DATABASE_REPLICA_URL)
    replica["OPTIONS"] = replica.get("OPTIONS", {}) | {
        "application_name": "shopdesk reports",
        "options": "-c default_transaction_read_only=on",
    }
    # Reports keep no connections: they are few and long.
    DATABASES["replica"] = replica | {"DISABLE_SERVER_SIDE_CURSORS": DATABASE_PGBOUNCER}
DATABASE_ROUTERS = ["shopdesk.base.replica.ReportRouter"]

CACHES = {
    "default": {"BACKEND": "shopdesk.base.forgetful_cache.ForgetfulCache", "LOCATION": REDIS_URL},
    # What {% cache %} keeps: parts of pages that say the same to everybody of a role in a language.
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}

# How long the counts beside the views of a list may be behind what others did; 0 counts on every page.
VIEW_COUNTS_SECONDS = env.int("VIEW_COUNTS_SECONDS", default=10)

CELERY_BROKER_URL = embedded.celery_broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60 * 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker however long that is away
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 2 * 60 * 60, "socket_connect_timeout": 5}
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULER = "shopdesk.base.steady_beat.SteadyScheduler"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# So many days after an order ended, the desk forgets who received it; 0 keeps all.
PERSONAL_DAYS = env.int("PERSONAL_DAYS", default=0)

# The key that Kuaidi100 signs its pushes with ("salt" in its subscription); without it none is taken (F7).
KUAIDI100_KEY = env.str("KUAIDI100_KEY", default="")

# Networks that webhooks may be delivered to although they are none of the internet's, such as 10.1.0.0/16.
WEBHOOK_PRIVATE_NETWORKS = [ip_network(text) for text in env.list("WEBHOOK_PRIVATE_NETWORKS", default=[])]

# People --------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "base.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not SERVE_HTTP
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "shopdesk.desk.views.errors.csrf_failure"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "shopdesk.desk.views.sign_in.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_SENSITIVE_PARAMETERS = ["password", "code"]
AXES_DISABLE_ACCESS_LOG = True  # the audit log keeps who signed in and out

# Roles that must have a second factor. Off where the desk is served on one machine alone.
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=[] if SERVE_HTTP else ["supervisor", "manager"])
OTP_TOTP_ISSUER = "Shopdesk"

# Transport and content security --------------------------------------------------------------------

SECURE_SSL_REDIRECT = not SERVE_HTTP
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 0 if SERVE_HTTP else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not SERVE_HTTP
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Tabler's own style sheet draws its check marks as data: images
        "media-src": [SELF],  # videos that stand behind a ticket (A12)
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# Watching ------------------------------------------------------------------------------------------

# Who may read /metrics: whoever sends the token, or calls from one of these addresses or networks.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_ADDRESSES = env.list("METRICS_ADDRESSES", default=["127.0.0.1", "::1"] if SERVE_HTTP else [])
# Where the web processes of one machine keep their counters, emptied when they start; unset: each its own.
METRICS_DIR = env.str("METRICS_DIR", default="")

# Language and time ---------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH: list[str] = []

# API -----------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "shopdesk.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["shopdesk.api.permissions.NamedAccess"],
    "DEFAULT_THROTTLE_CLASSES": ["shopdesk.api.throttling.CallsAMinute"],
    "DEFAULT_PARSER_CLASSES": ["shopdesk.api.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "shopdesk.api.parsing.JSONNegotiation",
    "DEFAULT_SCHEMA_CLASS": "shopdesk.api.schema.DeskSchema",
    "EXCEPTION_HANDLER": "shopdesk.api.errors.answer_refusal",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Shopdesk",
    "DESCRIPTION": (
        "What people do at the desk, for programs. Field names are Taobao's; amounts (CNY) and order numbers are "
        "strings; times are ISO 8601 with an offset. Lists go on with `cursor`. A refusal is "
        "`{code, message, field}`: `code` is the number of the shop's rule, or says what is wrong with the request."
    ),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_PATH_PREFIX_TRIM": False,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": None,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.states.Status",
        "ToldStatus": "orders.api.placing.STATES",
        "PaymentStatus": "orders.models.Payment.Status",
        "RefundStatus": "orders.models.Refund.Status",
        "ApprovalStatus": "shopdesk.base.models.Approval.Status",
        "ExportStatus": "shopdesk.base.models.Export.Status",
        "ExportKind": "shopdesk.base.models.Export.Kind",
        "CloseReason": "orders.states.CloseReason",
        "TicketCloseReason": "afterservice.models.Ticket.Close",
        "ParcelStage": "orders.states.ParcelStage",
        "EvidenceStage": "afterservice.models.Evidence.Stage",
        "ProductKind": "orders.rules.products.ProductKind",
        "TicketKind": "afterservice.rules.kinds.TicketKind",
        "NoticeKind": "orders.models.ChangeNotice.Kind",
        "ClockKind": "afterservice.rules.clocks.ClockKind",
        "ConsentChannel": "orders.models.Consent.Channel",
        "ParcelPurpose": "orders.models.Parcel.Purpose",
        "LinkPurpose": "afterservice.models.TicketPayment.Purpose",
        "MessageChannel": "afterservice.models.TicketMessage.Channel",
    },
    "PREPROCESSING_HOOKS": ["shopdesk.api.schema.only_calls"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shopdesk.api.schema.tell_closings_apart",
    ],
}

# Files ---------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
# Named files only: node_modules holds about a hundred megabytes, of which the pages need these.
NODE_ASSETS = {
    "vendor/tabler.min.css": BASE_DIR / "node_modules/@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.css.map": BASE_DIR / "node_modules/@tabler/core/dist/css/tabler.min.css.map",
    "vendor/echarts.min.js": BASE_DIR / "node_modules/echarts/dist/echarts.min.js",
}
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "shopdesk.base.assets.NodeAssetsFinder",
]
STORAGES = {
    "default": {"BACKEND": "shopdesk.base.storage.WholeFileStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Logs and errors -----------------------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
_shared_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.StackInfoRenderer(),
]
structlog.configure(
    processors=[*_shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared_processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": LOG_LEVEL},
        "django.server": {"handlers": [], "propagate": True},
        "celery": {"level": LOG_LEVEL},
        "axes": {"level": "WARNING"},
        "pyBarcode": {"level": "WARNING"},  # it tells that it makes no bitmaps, which nobody asked for
    },
}
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = 20

if SENTRY_DSN := env.str("SENTRY_DSN", default=""):
    import sentry_sdk

    sentry_sdk.init(dsn=SENTRY_DSN, send_default_pii=False)
