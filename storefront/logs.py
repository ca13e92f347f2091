"""Structured logs: one JSON object a line, each with the id of the request it belongs to."""

import logging
import re
import secrets
import sys
import time

import structlog
from flask import Flask, Response, g, request

_GIVEN_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
log = structlog.get_logger("shop")


def configure(*, level: int = logging.INFO) -> None:
    """Send everything, also what libraries log, to standard error as JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        foreign_pre_chain=shared,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def follow_requests(app: Flask) -> None:
    """Give each request an id (a well-formed X-Request-ID is kept), answer with it, and log the outcome."""

    @app.before_request
    def start() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _GIVEN_ID.match(given) else secrets.token_hex(8)
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        milliseconds = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
        # the rule, not the path: an order's address is its key and has no place in a log
        route = request.url_rule.rule if request.url_rule else "?"
        log.info("request", method=request.method, route=route, status=response.status_code, ms=milliseconds)
        return response
