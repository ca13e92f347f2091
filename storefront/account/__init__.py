"""The customer's own face: sign in, register, see one's orders. Nobody needs it to buy."""

from storefront.account.pages import bp

__all__ = ["bp"]
