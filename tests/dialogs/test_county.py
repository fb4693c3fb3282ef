"""Which Stelle gets the next case."""

from __future__ import annotations

from dialogs.county import County, Stelle
from tests.dialogs.talk import TODAY


def county(*stellen: Stelle) -> County:
    return County("k", "Kreis", ("de",), "KIM", {}, {}, {}, {stelle.id: stelle for stelle in stellen})


KREIS = Stelle("kreis", "KIM", "kreis", "KIM Kreis", ("a",), vze=0.75)
TRAEGER = Stelle("traeger", "KIM", "diakonie", "KIM Diakonie", ("a",), vze=0.6)
ANYWHERE = Stelle("anywhere", "KIM", "kreis", "KIM", ("*",))


def test_without_a_count_the_first_listed_is_proposed() -> None:
    assert county(KREIS, TRAEGER).stelle_for("KIM", "a", TODAY) == KREIS
    assert county(TRAEGER, KREIS).stelle_for("KIM", "a", TODAY) == TRAEGER


def test_the_one_with_the_most_free_places_gets_the_next_case() -> None:
    both = county(TRAEGER, KREIS)
    assert both.stelle_for("KIM", "a", TODAY, {}) == KREIS  # 20.25 places against 16.2
    assert both.stelle_for("KIM", "a", TODAY, {"kreis": 4}) == KREIS
    assert both.stelle_for("KIM", "a", TODAY, {"kreis": 5}) == TRAEGER
    assert both.stelle_for("KIM", "a", TODAY, {"kreis": 40, "traeger": 35}) == TRAEGER, "never blocked, also beyond the places"


def test_a_tie_goes_to_the_first_listed() -> None:
    same = Stelle("same", "KIM", "awo", "KIM AWO", ("a",), vze=0.75)
    assert county(KREIS, same).stelle_for("KIM", "a", TODAY, {"kreis": 2, "same": 2}) == KREIS
    assert county(same, KREIS).stelle_for("KIM", "a", TODAY, {}) == same


def test_a_stelle_of_ones_own_kommune_goes_before_one_for_the_whole_kreis() -> None:
    assert county(ANYWHERE, KREIS).stelle_for("KIM", "a", TODAY) == KREIS
    assert county(ANYWHERE, KREIS).stelle_for("KIM", "b", TODAY, {}) == ANYWHERE
    assert county(ANYWHERE).stelle_for("MBE", "a", TODAY) is None


def test_where_a_number_of_posts_is_not_known_the_order_of_the_list_decides() -> None:
    unknown = Stelle("unknown", "KIM", "x", "KIM X", ("a",))
    assert county(unknown, KREIS).stelle_for("KIM", "a", TODAY, {}) == unknown


def test_only_stellen_with_posts_are_counted() -> None:
    assert county(KREIS, TRAEGER, ANYWHERE).posts("a") == {"kreis": "kreis", "traeger": "diakonie"}
    assert county(KREIS, ANYWHERE).posts(None) == {}
