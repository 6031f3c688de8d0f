"""The operator's log: JSON lines on standard error. Static events and identifiers; never a value, a name or a body."""

import logging
import sys
from types import TracebackType

import structlog


def configure(level: int = logging.INFO) -> None:
    """Set structlog up once per process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_type_only),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _type_only(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """An exception's type and nothing else: its text may quote what it met."""
    return exc_info[0].__name__
