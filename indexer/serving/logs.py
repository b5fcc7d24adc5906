"""What the processes of a server write to stderr: lines for people, or an object on each line."""

import logging
import logging.config
import os
from typing import Any

_FORMATTERS: dict[str, dict[str, Any]] = {
    "text": {"format": "%(levelname)-8s %(message)s"},
    "json": {
        "()": "pythonjsonlogger.json.JsonFormatter",
        "fmt": ["levelname", "name", "message"],
        "rename_fields": {"levelname": "level", "name": "logger", "exc_info": "exception"},
        "timestamp": "time",
    },
}


def is_json() -> bool:
    """Whether ``LOOKALIKE_LOG_FORMAT`` asks for objects; the server itself refuses other values."""
    return os.environ.get("LOOKALIKE_LOG_FORMAT") == "json"


def log_config() -> dict[str, Any]:
    """For ``logging.config.dictConfig``, by which uvicorn sets up each process."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": _FORMATTERS["json" if is_json() else "text"]},
        # Named, not imported: the batch side does not know the HTTP side.
        "filters": {"request": {"()": "api.log_context.WithRequest"}},
        "handlers": {
            # Rich's handler would take longer than many an answer.
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["request"],
                "formatter": "line",
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "api": {"level": "INFO"},  # one line for each request
            "indexer": {"level": "INFO"},
        },
    }


def set_up() -> None:
    """Log so in this process, Python's own warnings included."""
    logging.config.dictConfig(log_config())
    logging.captureWarnings(True)
