"""Headers of every answer. No inline code anywhere, so the policy needs no nonce."""

from flask import Flask, Response, abort, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


FILE_FIELDS = frozenset({"file", "picture", "scan"})
"""Where forms of this shop take files; one in place of words is no form of ours."""


def protect(app: Flask, *, https: bool) -> None:
    """Refuse what no browser sends and add the headers; pages of a person (session, order, account) are never stored by caches between."""

    @app.before_request
    def refuse_nul() -> None:
        # nobody types one, PostgreSQL stores none, and no page may print one
        values = (text for _, texts in request.values.lists() for text in texts)
        if any("\0" in text for text in (request.path, *values)):
            abort(400)

    @app.before_request
    def refuse_files_for_words() -> None:
        if request.files.keys() - FILE_FIELDS:
            abort(400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(self), microphone=(), payment=()")
        if request.endpoint != "static" and "Cache-Control" not in headers:
            headers["Cache-Control"] = "private, no-cache"
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response
