"""The first screen of an outlet."""

from collections.abc import Callable

from catalog.memberships import Role
from catalog.people import User
from tests.pages import PageClient
from tests.storefront.conftest import SignIn
from tests.world import World


def test_a_clerk_of_one_outlet_goes_straight_there(clerk: PageClient, world: World) -> None:
    assert world.quay.name_vi in clerk.get("/quay").text


def test_a_foreign_outlet_does_not_exist(clerk: PageClient, world: World) -> None:
    clerk.get("/quay/T01", status=404)
    clerk.get("/quay/X99", status=404)


def test_the_manager_of_a_centre_sees_what_it_supplies(enter: SignIn, staff: Callable[..., User], world: World) -> None:
    manager = enter(staff(world.centre, Role.MANAGER))
    assert world.quay.name_vi in manager.get("/quay").text
    manager.get("/quay/D01")
