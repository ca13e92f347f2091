"""The demo shop: outlets, producers, products, certificates, stock and pictures of ``demo/``, one customer, and staff.

The data goes in through the importers. Its days are written relative to the day it is loaded (``@-18m`` is 18 months
before, ``@+60d`` in 60 days), so a new demo shop always has certificates that are valid, about to end, and over. It is
loaded once: what is changed in the shop afterwards stays changed.
"""

import json
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import select

from catalog import history, invitations, memberships, people, second_factor, sequence
from catalog.clock import add_months, vietnam_day
from catalog.db import db, transaction
from catalog.importing import products as importing_products
from catalog.importing import table
from catalog.importing.lookups import by_key
from catalog.importing.table import Row, Table
from catalog.memberships import Role
from catalog.outlets import Outlet
from catalog.people import User
from catalog.products import Photo, Product
from checkout import sales_figures
from storefront import (
    demo_opinions,
    demo_programme,
    demo_rules,
    demo_today,
    demo_traces,
    demo_village,
    demo_year,
    imports,
    nationwide,
)
from storefront.migrating import with_shop
from storefront.outside import outside, settings
from storefront.programme import rules

FOLDER = Path(__file__).resolve().parent.parent / "demo"
CUSTOMER_EMAIL = "khach@example.org"
CUSTOMER_PASSWORD = "mua-hang-thu"
"""Public on purpose: everybody may try the account. There is none of it in a shop without the demo."""


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """An account everybody may try. key: in addresses.    outlet: code; None for an officer.    secret: of its app.

    communes: that an officer serves; none for the whole programme.
    """

    key: str
    name: str
    role: Role
    outlet: str | None
    secret: str
    communes: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """What it signs in with."""
        return f"{self.key}@example.org"


STAFF_PASSWORD = "quay-hang-thu"
STAFF = (
    DemoStaff("quay", "Trần Thị Hạnh (thử)", Role.CLERK, "D01", "OCOPQUANGNAMQUAYTHUNGHIEMAAAAAAA"),
    DemoStaff("truong-diem", "Lê Văn Phước (thử)", Role.MANAGER, "D01", "OCOPQUANGNAMTRUONGDIEMTHUAAAAAAA"),
    DemoStaff("trung-tam", "Nguyễn Thị Thu (thử)", Role.MANAGER, "T02", "OCOPQUANGNAMTRUNGTAMTHUAAAAAAAAA"),
    DemoStaff("can-bo", "Phạm Minh Quân (thử)", Role.OFFICER, None, "OCOPQUANGNAMCANBOTHUNGHIEMAAAAAA"),
    DemoStaff(
        "can-bo-xa",
        "Võ Thị Bích (thử)",
        Role.OFFICER,
        None,
        "OCOPQUANGNAMCANBOXATHUAAAAAAAAAA",
        demo_village.OFFICER_COMMUNES,
    ),
)
STAFF_EMAILS = frozenset(staff.email for staff in STAFF)
"""As public as the customer, secrets and all: a shop that is no demo lets none of them in, even if it has them."""

_RELATIVE_DAY = re.compile(r"^@([+-][0-9]{1,5})([dm])$")


def install(app: Flask) -> None:
    """Bind the command."""
    app.cli.add_command(demo)


@click.command("demo")
@click.option("--products", type=click.IntRange(1, 200_000), help="Thêm sản phẩm sinh tự động cho đủ chừng này.")
@with_shop
def demo(products: int | None) -> None:
    """Nạp dữ liệu trình diễn, một lần; cửa hàng đã có thì giữ nguyên."""
    at = outside().now()
    if load_demo(at):
        click.echo(f"Đã nạp dữ liệu trình diễn. Khách thử: {CUSTOMER_EMAIL}, mật khẩu {CUSTOMER_PASSWORD}.")
        click.echo(f"Quầy thử (/quay): {', '.join(staff.email for staff in STAFF)}, mật khẩu {STAFF_PASSWORD}.")
        maker, password = demo_village.MAKER_EMAIL, demo_village.MAKER_PASSWORD
        click.echo(f"Nhà sản xuất thử (/nha-san-xuat): {maker}, mật khẩu {password}.")
    else:
        click.echo("Cửa hàng đã có dữ liệu trình diễn; giữ nguyên.")
    if products is not None:
        with transaction():
            added = nationwide.grow(products, at=at)
        click.echo(f"Đã thêm {added} sản phẩm sinh tự động.")


def load_demo(at: datetime, *, folder: Path = FOLDER) -> bool:
    """Load everything, or nothing. Returns False, and changes nothing, when the shop has it already.

    Raises catalog.importing.changes.BadFile when a file of the folder is not as the importers want it.
    """
    stems = _copy_pictures(folder / "pictures", settings().media_folder)
    with transaction():
        if db.session.scalar(history.of("demo:data").limit(1)):
            return False
        history.record("demo.loaded", "demo:data", actor="system", at=at)
        for name, (importer, _) in imports.IMPORTERS.items():
            rows = table.load(folder / f"{name}.csv", required=importer.REQUIRED, optional=importer.OPTIONAL)
            importer.apply(importer.plan(on_day(rows, vietnam_day(at))), actor="system", at=at)
        _hang_pictures(folder, stems)
        with suppress(people.EmailTaken):
            people.register(CUSTOMER_EMAIL, CUSTOMER_PASSWORD, name="Khách mua thử", phone=None, at=at)
        hire_staff(at)
        demo_village.load(at)
        demo_rules.write(demo_village.OFFICER_EMAIL, at=at)
        demo_programme.write(demo_village.OFFICER_EMAIL, at=at)
        demo_year.write(_sellers(at), at=at)
        if {staff.outlet for staff in STAFF if staff.outlet} <= set(_outlets()):
            _fill_the_day(at)
        demo_opinions.write(demo_village.OFFICER_EMAIL, at=at, rules=rules())
        demo_traces.write(demo_village.OFFICER_EMAIL, at=at)
        sales_figures.rebuild()
    return True


def _outlets() -> dict[str, Outlet]:
    return {outlet.code: outlet for outlet in db.session.scalars(select(Outlet))}


def _sellers(at: datetime) -> dict[int, User]:
    """Outlet → who has stood at its till: the demo's clerk, or somebody who signs in nowhere."""
    sellers = {outlet.id: user for membership, user, outlet in db.session.execute(memberships.live()) if outlet}
    for outlet in _outlets().values():
        if outlet.id not in sellers:
            email, name = f"nguoi-ban-{outlet.code.lower()}@example.org", f"Người bán {outlet.code} (thử)"
            sellers[outlet.id] = invitations.hire(email, Role.CLERK, outlet, name=name, actor="system", at=at)
    return sellers


def _fill_the_day(at: datetime) -> None:
    clerk, manager, supplier = (people.find_by_email(staff.email) for staff in STAFF[:3])
    outlets = _outlets()
    here, centre = (outlets[staff.outlet] for staff in (STAFF[0], STAFF[2]) if staff.outlet)
    if clerk and manager and supplier:
        demo_today.write(here, centre, clerk=clerk, manager=manager, supplier=supplier, at=at, rules=rules())


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """One of the demo's, as its sign-in page shows it. code: None while the present ones are used, for ``wait`` seconds."""

    key: str
    email: str
    role: Role
    outlet: str | None
    code: str | None
    wait: int


def staff_accounts(*, at: datetime) -> list[StaffAccount]:
    """Those that this shop has, each with a code that opens now."""
    step = int(second_factor.STEP.total_seconds())
    wait = step - int(at.timestamp()) % step
    found = []
    for staff in STAFF:
        user = people.find_by_email(staff.email)
        if user and second_factor.is_enrolled(user.id):
            code = second_factor.unused_code(user.id, at=at)
            found.append(StaffAccount(staff.key, staff.email, staff.role, staff.outlet, code, wait))
    return found


def hire_staff(at: datetime) -> None:
    """Each that is not there yet."""
    codes = {outlet.code: outlet for outlet in db.session.scalars(select(Outlet))}
    for staff in STAFF:
        if people.find_by_email(staff.email) or (staff.outlet and staff.outlet not in codes):
            continue
        outlet = codes[staff.outlet] if staff.outlet else None
        user = invitations.hire(staff.email, staff.role, outlet, name=staff.name, actor="system", at=at)
        if staff.communes:
            role = memberships.get_officer_role(user.id)
            memberships.assign(role, frozenset(staff.communes), actor="system", at=at)
        people.set_password(user.id, STAFF_PASSWORD)
        second_factor.enrol(user.id, staff.secret, second_factor.code_at(staff.secret, at), at=at)


def on_day(rows: Table, day: date) -> Table:
    """The same table with its relative days as they are from this day."""

    def resolved(row: Row) -> Row:
        return replace(row, cells={column: _resolved(cell, day) for column, cell in row.cells.items()})

    return replace(rows, rows=tuple(resolved(row) for row in rows.rows))


def _resolved(cell: str, day: date) -> str:
    match = _RELATIVE_DAY.match(cell)
    if not match:
        return cell
    number = int(match[1])
    return (add_months(day, number) if match[2] == "m" else day + timedelta(days=number)).isoformat()


def _copy_pictures(source: Path, media: Path) -> dict[str, str]:
    """Picture number → the stem of its files in the media folder, which names their content."""
    media.mkdir(parents=True, exist_ok=True)
    stems = {}
    for large in sorted(source.glob("[0-9][0-9][0-9].webp")):
        small = large.with_stem(f"{large.stem}-400")
        stem = blake2b(large.read_bytes() + small.read_bytes(), digest_size=10).hexdigest()
        for width, file in ((800, large), (400, small)):
            target = media / f"{stem}-{width}.webp"
            if not target.exists():
                shutil.copyfile(file, target)
        stems[large.stem] = stem
    return stems


def _hang_pictures(folder: Path, stems: dict[str, str]) -> None:
    """Every product gets its rendering."""
    legends = json.loads((folder / "pictures" / "pictures.json").read_text(encoding="utf-8"))
    rows = table.load(
        folder / "products.csv", required=importing_products.REQUIRED, optional=importing_products.OPTIONAL
    )
    number_of = {row.cells["product"]: row.cells["picture"] for row in rows.rows}
    for code, product in by_key(Product, Product.code, number_of).items():
        number = number_of[code]
        db.session.add(
            Photo(
                product_id=product.id,
                position=1,
                stem=stems[number],
                alt_vi=legends[str(int(number))]["alt"],
                alt_en=f"Illustrative rendering: {product.name_en}",
                rendering=True,
            )
        )
    db.session.flush()
    sequence.advance()
