"""The JSON twin answers exactly what its description says."""

from __future__ import annotations

import json
from typing import Any

from admin.openapi import DESCRIPTION, SCHEMAS
from tests.admin.office import Office


def fits(schema: dict[str, Any], value: Any, where: str = "$") -> None:
    """The few words of JSON Schema that the description uses."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert isinstance(value, tuple(kinds[name] for name in names)), where
    if "enum" in schema:
        assert value in schema["enum"], where
    if isinstance(value, dict) and "properties" in schema:
        assert set(value) == set(schema["properties"]), where
        for name, inner in schema["properties"].items():
            fits(inner, value[name], f"{where}.{name}")
    if isinstance(value, list):
        for n, item in enumerate(value):
            fits(schema["items"], item, f"{where}[{n}]")


async def test_the_list_and_the_case_fit_their_schemas(office: Office) -> None:
    referral = await office.offer(condition="jmd_ruecksprache")
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    listed = json.loads((await door.get("/api/v1/referrals"))[1])
    fits(SCHEMAS["ReferralList"], listed)
    assert [item["id"] for item in listed["items"]] == [referral]
    case = json.loads((await door.get(f"/api/v1/referrals/{referral}"))[1])
    fits(SCHEMAS["Case"], case)
    assert case["answers"][2]["answer"] == "Aufenthaltserlaubnis §\u00a0104c (Chancen-Aufenthalt)"
    assert "person_id" not in case


async def test_refusals_are_problems_in_json(office: Office) -> None:
    door = await office.dashboard()
    status, text = await door.get("/api/v1/referrals")
    assert status == 401
    fits(SCHEMAS["Problem"], json.loads(text))
    await door.signed_in_as(await office.hire())
    assert (await door.get("/api/v1/referrals?status=alles"))[0] == 400
    assert (await door.get("/api/v1/referrals/0"))[0] == 404


async def test_the_description_names_every_route_of_the_twin(office: Office) -> None:
    door = await (await office.dashboard()).signed_in_as(await office.hire())
    assert json.loads((await door.get("/api/v1/openapi.json"))[1]) == DESCRIPTION
    served = {route.resource.canonical for route in door.app.router.routes() if route.resource}
    assert {path for path in served if path.startswith("/api/")} == {*DESCRIPTION["paths"], "/api/v1/openapi.json"}
    assert DESCRIPTION["openapi"] == "3.1.0"
