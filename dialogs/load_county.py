"""A county out of TOML: its Kommunen, Traeger, Dienste and Stellen. Every finding names file, line, id and remedy."""

from __future__ import annotations

from pathlib import Path

from dialogs.county import CASES_PER_VZE, County, Dienst, Kommune, Stelle, Traeger
from dialogs.definition_shape import NUMBER, WORD, WORDS, keep_blocks, keep_head
from dialogs.toml_source import Source, days_of, meant, switch_of, text_of

KOMMUNE = frozenset({"name", "aliases"})
TRAEGER = frozenset({"name", "public_body", "law"})
DIENST = frozenset({"name", "short", "text", "sensitive", "takes_referrals", "no_rule_because"})
STELLE = frozenset({"dienst", "traeger", "name", "kommunen", "address", "phone", "email", "url", "vze", "verified_on"})
POSTS = {"cases_per_vze": NUMBER}
HEAD = frozenset({"default", "name", "languages", "clearing", "kim", "kommune", "posts", "leaves_out"})


def load_county(folder: Path, findings: list[str], root: Path) -> tuple[County, tuple[Source, Source]]:
    """A county and the two files it is from. Findings are appended; the county is good only if none were."""
    head, services = Source(folder / "county.toml", findings, root), Source(folder / "services.toml", findings, root)
    head.known_tables(HEAD)
    services.known_tables({"traeger", "dienst", "stelle"})
    keep_head(head, {"languages": WORDS, "leaves_out": WORDS}, {"clearing": {"dienst": WORD}, "kim": {}, "posts": POSTS})
    keep_blocks(head, "kommune", {"aliases": WORDS})
    keep_blocks(services, "stelle", {"dienst": WORD, "traeger": WORD, "kommunen": WORDS, "vze": NUMBER})
    kommunen = {
        str(block["id"]): Kommune(str(block["id"]), text_of(head, block, "name"), tuple(block.get("aliases", ())))
        for block in head.blocks("kommune", KOMMUNE)
    }
    traeger = {
        str(block["id"]): Traeger(
            str(block["id"]),
            text_of(services, block, "name"),
            switch_of(services, block, "public_body", True),
            str(block.get("law", "DSGVO")),
        )
        for block in services.blocks("traeger", TRAEGER)
    }
    dienste = {
        str(block["id"]): Dienst(
            str(block["id"]), text_of(services, block, "name"), str(block.get("text", "")),
            switch_of(services, block, "sensitive"), switch_of(services, block, "takes_referrals"), days_of(services, block),
            str(block.get("no_rule_because", "")),
        )
        for block in services.blocks("dienst", DIENST)
    }  # fmt: skip
    stellen = {}
    for block in services.blocks("stelle", STELLE):
        id_ = str(block["id"])
        for key, known in (("dienst", dienste), ("traeger", traeger)):
            if block.get(key) not in known:
                said = f"{key} {block.get(key)!r} is not defined. Add a [[{key}]] block or correct the id."
                services.wrong(id_, said + meant(str(block.get(key)), known))
        towns = tuple(str(town) for town in block.get("kommunen", ()))
        for town in towns:
            if town != "*" and town not in kommunen:
                services.wrong(id_, f"Kommune {town!r} is not in county.toml.{meant(town, kommunen)} Correct the id.")
        stellen[id_] = Stelle(
            id_, str(block.get("dienst")), str(block.get("traeger")), text_of(services, block, "name"), towns,
            str(block.get("address", "")), str(block.get("phone", "")), str(block.get("email", "")),
            str(block.get("url", "")), block.get("vze"), str(block.get("verified_on", "")), str(block.get("note", "")),
            days_of(services, block),
        )  # fmt: skip
    clearing = str(head.data.get("clearing", {}).get("dienst", ""))
    if head.data and clearing not in dienste:
        findings.append(f"{head.name}:1: [clearing] names Dienst {clearing!r}, which services.toml does not have.")
    county = County(
        str(head.data.get("id", folder.name)), str(head.data.get("name", "")), tuple(head.data.get("languages", ())),
        clearing, kommunen, dienste, traeger, stellen, _responsible(head),
        float(head.data.get("posts", {}).get("cases_per_vze", CASES_PER_VZE)), frozenset(head.data.get("leaves_out", ())),
    )  # fmt: skip
    return county, (head, services)


def _responsible(head: Source) -> str:
    """Who answers for the data (DSGVO Art. 13), as the notice says it: name, address, data protection officer."""
    kim = head.data.get("kim", {})
    return ", ".join(str(kim[key]) for key in ("verantwortlich", "anschrift", "datenschutz") if kim.get(key))
