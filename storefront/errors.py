"""Errors as pages: what happened and what to do next, in the visitor's language. Never a trace, never a blank."""

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from catalog.errors import Forbidden, NotFound
from storefront.logs import log


def install(app: Flask) -> None:
    """Bind the handlers."""
    app.register_error_handler(NotFound, lambda error: page(404))
    app.register_error_handler(Forbidden, lambda error: page(403))
    app.register_error_handler(CSRFError, lambda error: page(400))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def page(code: int) -> ResponseReturnValue:
    """The page of one status code, or, where the page itself needs what is broken, plain words."""
    try:
        return _drawn(code), code
    except Exception as error:  # the database is away, say, and with it who is signed in
        log.warning("error page not drawn", status=code, error=type(error).__name__)
        return Response(_("Cửa hàng gặp trục trặc. Hãy thử lại sau ít phút."), code, mimetype="text/plain")


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    if isinstance(error, SecurityError):  # asked by another host's name, the shop has no addresses to put on a page
        return Response(_("Địa chỉ này không phải của cửa hàng."), code, mimetype="text/plain")
    response = page(code)
    retry = dict(error.get_response().headers).get("Retry-After") if code == 429 else None
    return (*response, {"Retry-After": retry}) if retry and isinstance(response, tuple) else response


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected", route=str(request.url_rule), exc_info=error)
    return page(500)


def _drawn(code: int) -> str:
    titles = {
        400: (
            _("Trang đã cũ"),
            _("Biểu mẫu này đã hết hạn hoặc bị sửa. Hãy quay lại, tải lại trang rồi gửi lần nữa."),
        ),
        403: (_("Bạn không được làm việc này"), _("Tài khoản của bạn không có quyền cho việc vừa yêu cầu.")),
        404: (
            _("Không tìm thấy trang"),
            _("Có thể địa chỉ gõ nhầm, hoặc sản phẩm không còn bán. Hãy thử tìm theo tên."),
        ),
        405: (_("Không mở được theo cách này"), _("Hãy quay lại trang trước và bấm nút trên trang.")),
        413: (_("Gửi lên quá lớn"), _("Nội dung vừa gửi vượt quá mức cho phép.")),
        422: (_("Chưa hiểu yêu cầu"), _("Một giá trị gửi lên không hợp lệ. Hãy quay lại và kiểm tra.")),
        429: (_("Bạn thao tác hơi nhanh"), _("Hãy đợi một phút rồi thử lại.")),
    }
    fallback = (
        _("Cửa hàng gặp trục trặc"),
        _("Lỗi đã được ghi lại. Giỏ hàng và đơn hàng của bạn vẫn nguyên vẹn."),
    )
    title, hint = titles.get(code, fallback)
    return render_template("errors/show.html", code=code, title=title, hint=hint)
