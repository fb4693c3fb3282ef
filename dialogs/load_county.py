"""A county out of TOML: its Kommunen, Traeger, Dienste and Stellen. Every finding names file, line, id and remedy."""

from __future__ import annotations

from pathlib import Path

from dialogs.county import CASES_PER_VZE, County, Dienst, Kommune, Stelle, Traeger
from dialogs.toml_source import Source, text_of


def load_county(folder: Path, findings: list[str], root: Path) -> County:
    head, services = Source(folder / "county.toml", findings, root), Source(folder / "services.toml", findings, root)
    kommunen = {
        str(block["id"]): Kommune(str(block["id"]), text_of(head, block, "name"), tuple(block.get("aliases", ())))
        for block in head.blocks("kommune")
    }
    traeger = {
        str(block["id"]): Traeger(
            str(block["id"]),
            text_of(services, block, "name"),
            bool(block.get("public_body", True)),
            str(block.get("law", "DSGVO")),
        )
        for block in services.blocks("traeger")
    }
    dienste = {
        str(block["id"]): Dienst(
            str(block["id"]), text_of(services, block, "name"), str(block.get("text", "")),
            bool(block.get("sensitive", False)), bool(block.get("takes_referrals", False)),
        )
        for block in services.blocks("dienst")
    }  # fmt: skip
    stellen = {}
    for block in services.blocks("stelle"):
        id_ = str(block["id"])
        for key, known in (("dienst", dienste), ("traeger", traeger)):
            if block.get(key) not in known:
                services.wrong(id_, f"{key} {block.get(key)!r} is not defined. Add a [[{key}]] block or correct the id.")
        towns = tuple(str(town) for town in block.get("kommunen", ()))
        for town in towns:
            if town != "*" and town not in kommunen:
                services.wrong(id_, f"Kommune {town!r} is not in county.toml. Correct the id.")
        stellen[id_] = Stelle(
            id_, str(block.get("dienst")), str(block.get("traeger")), text_of(services, block, "name"), towns,
            str(block.get("address", "")), str(block.get("phone", "")), str(block.get("email", "")),
            str(block.get("url", "")), block.get("vze"), str(block.get("verified_on", "")), str(block.get("note", "")),
        )  # fmt: skip
    clearing = str(head.data.get("clearing", {}).get("dienst", ""))
    if head.data and clearing not in dienste:
        findings.append(f"{head.name}:1: [clearing] names Dienst {clearing!r}, which services.toml does not have.")
    return County(
        str(head.data.get("id", folder.name)), str(head.data.get("name", "")), tuple(head.data.get("languages", ())),
        clearing, kommunen, dienste, traeger, stellen, _responsible(head),
        float(head.data.get("posts", {}).get("cases_per_vze", CASES_PER_VZE)),
    )  # fmt: skip


def _responsible(head: Source) -> str:
    """Who answers for the data (DSGVO Art. 13), as the notice says it: name, address, data protection officer."""
    kim = head.data.get("kim", {})
    return ", ".join(str(kim[key]) for key in ("verantwortlich", "anschrift", "datenschutz") if kim.get(key))
