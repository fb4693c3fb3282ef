"""One fault for each promise about Dienste and Stellen."""

from __future__ import annotations

from collections.abc import Callable

from dialogs.load import load_library
from dialogs.proof.findings import Finding
from tests.dialogs.proof.conftest import COUNTY, KREIS, RULES, SERVICES
from tests.dialogs.proof.test_planted_rules import block, changed, when

Found = Callable[..., dict[str, list[Finding]]]


def test_a_dienst_that_nobody_reaches_is_found(found: Found) -> None:
    (finding,) = found(changed(SERVICES, "HFK", r"no_rule_because = .*\n", ""))["dienst-unreachable"]
    assert finding.id == "HFK" and finding.file == SERVICES


def test_a_dienst_that_claims_to_be_unreached_and_is_not_is_found(found: Found) -> None:
    assert [finding.id for finding in found((RULES, 'to = "GESUNDHEIT"', 'to = "HFK"'))["dienst-reached"]] == ["HFK"]


def test_a_stelle_that_is_chosen_for_no_kommune_is_found(found: Found) -> None:
    stelle = (
        '\n[[stelle]]\nid = "fh-haan"\ndienst = "FH_VELBERT"\ntraeger = "fluechtlingshilfe-velbert"\n'
        'name = "Zweigstelle Haan"\nkommunen = ["haan"]\n'
    )
    assert [finding.id for finding in found((SERVICES, "", stelle))["stelle-unreachable"]] == ["fh-haan"]


def test_every_stelle_of_a_kommune_counts_as_reached_not_only_the_first(found: Found) -> None:
    assert "stelle-unreachable" not in found()


def test_somebody_who_is_sent_where_no_stelle_is_has_a_name_and_a_person(found: Found) -> None:
    (finding,) = found(changed(RULES, "A14b", '"haan"', '"haan", "velbert"'))["no-stelle"]
    assert finding.id == "CARITAS_WLH" and finding.what.endswith("Velbert.")
    assert finding.person is not None and finding.person.needed["S02_city"] == "velbert"


def test_who_lives_elsewhere_or_does_not_say_where_needs_a_stelle_too(found: Found) -> None:
    towns = str([*load_library(COUNTY).county.kommunen]).replace("'", '"')
    (finding,) = found(changed(SERVICES, "jmd", r'kommunen = \["\*"\]', f"kommunen = {towns}"))["no-stelle"]
    assert "Menschen von außerhalb" in finding.what and "ohne Angabe des Ortes" in finding.what


def test_a_kommune_that_a_rule_names_and_nobody_can_reach_needs_no_stelle(found: Found) -> None:
    """Exact, by the people and not by reading conditions: who wants help with housing does not want none."""
    row = when("A14b", 'thema = ["housing"], kommune = ["haan", "velbert"], kein_bedarf = true')
    faults = found(row)
    assert "no-stelle" not in faults and [finding.id for finding in faults["dead-also"]] == ["A14b"]


def test_the_clearing_dienst_needs_a_stelle_for_everybody(found: Found) -> None:
    (finding,) = found(changed(SERVICES, "kim-koordination", r'kommunen = \["\*"\]', 'kommunen = ["haan"]'))["clearing-no-stelle"]
    assert finding.id == "KIM_CM" and "ohne Angabe des Ortes" in finding.what


def test_nothing_is_invented_on_the_shipped_files(found: Found) -> None:
    assert set(found()) == {"unknown-as-no"}, "and that is a remark"


def test_two_kommunen_with_one_name_are_found(found: Found) -> None:
    (finding,) = found((KREIS, '"Alt-Erkrath"', '"Gruiten"'))["alias-twice"]
    assert finding.file == KREIS and finding.line > 1 and block(KREIS, finding.id)
