"""What can go wrong, named after what is wrong for the person. Errors carry facts; the faces put them into words."""


class DomainError(Exception):
    """Something a person asked for that the shop cannot do. Nothing has changed when it is raised."""


class NotFound(DomainError):
    """There is no such thing, or it is not this person's to see."""


class Forbidden(DomainError):
    """The person may see this but not do it."""


class Invalid(DomainError):
    """A value that cannot be what it claims to be.

    field: the name of the value.    reason: a short code such as ``"required"`` or ``"phone"``.
    """

    def __init__(self, field: str, reason: str, **facts: object) -> None:
        super().__init__(f"{field}: {reason} {facts or ''}".strip())
        self.field = field
        self.reason = reason
        self.facts = facts


class Conflict(DomainError):
    """Somebody else was quicker; look again and decide."""


class OutOfStock(Conflict):
    """Fewer units are free than were asked for.

    sku: the variant asked for.    wanted, free: units.
    """

    def __init__(self, sku: str, *, wanted: int, free: int) -> None:
        super().__init__(f"{sku}: wanted {wanted}, free {free}")
        self.sku = sku
        self.wanted = wanted
        self.free = free


class LotStopped(Conflict):
    """Units of a lot that may not go out: quarantined, recalled, or past its last day. why: which of the three."""

    def __init__(self, code: str, *, why: str) -> None:
        super().__init__(f"lot {code}: {why}")
        self.code = code
        self.why = why
