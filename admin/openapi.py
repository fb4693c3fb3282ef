"""OpenAPI 3.1 for the JSON twin. A test compares it with what the views really answer."""

from __future__ import annotations

from typing import Any

from dialogs.referral import ReferralStatus

_STRING = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_MOMENT = {"type": "string", "format": "date-time"}
_COUNT = {"type": ["integer", "null"]}
_VALUE = {
    "type": ["boolean", "string", "array", "null"],
    "items": _STRING,
    "description": "Wahr oder falsch; bei Angaben mit Auswahl die id der Antwort, bei mehreren eine Liste.",
}
_DECIDED_FROM = {
    "type": ["string", "null"],
    "enum": ["facts", "answers", "open", None],
    "description": "Was decided_by nennt: Angaben, Antworten, oder nichts, weil Fragen offen sind.",
}
_STATUS = {"type": "string", "enum": [status.value for status in ReferralStatus]}


def _closed(**properties: Any) -> dict[str, Any]:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{item}"}}


_REFERRAL = {
    "id": _STRING, "status": _STATUS, "stelle": _STRING, "stelle_name": _STRING, "dienst": _STRING,
    "dienst_name": _STRING, "urgent": {"type": "boolean"}, "condition": _MAYBE, "kommune": _MAYBE, "locale": _MAYBE,
    "rule": _STRING, "because": {"type": "string", "description": "Der Grund auf Deutsch."},
    "waiting_since": _MOMENT, "version": {"type": "integer"},
}  # fmt: skip

SCHEMAS: dict[str, Any] = {
    "Referral": _closed(**_REFERRAL),
    "Answer": _closed(question_id=_STRING, question=_STRING, answer=_STRING),
    "Consent": _closed(purpose=_STRING, given={"type": "boolean"}, text_version=_STRING, locale=_STRING),
    "Step": _closed(what=_STRING, who=_STRING, at=_MOMENT, remark=_MAYBE),
    "Fact": _closed(fact=_STRING, value=_VALUE, text=_STRING),
    "Change": _closed(
        when=_MAYBE, event=_MAYBE, days=_COUNT, months=_COUNT, years=_COUNT, question=_MAYBE, fact=_MAYBE, value=_VALUE,
        dienst=_STRING, mode=_MAYBE, urgent={"type": ["boolean", "null"]}, flag=_MAYBE, text=_STRING,
    ),
    "Case": _closed(
        **_REFERRAL, source=_STRING, rules_version=_STRING,
        decided_from=_DECIDED_FROM, decided_by=_list("Fact"), changes=_list("Change"),
        open={"type": "array", "items": _STRING}, contact=_MAYBE, answers=_list("Answer"), consents=_list("Consent"),
        history=_list("Step"),
    ),
    "ReferralList": _closed(
        items=_list("Referral"),
        after={"type": ["string", "null"], "description": "Weiterblättern: als `after` mitschicken."},
        counts={"type": "object", "additionalProperties": {"type": "integer", "maximum": 10_001}},
    ),
    "Problem": _closed(type=_STRING, title=_STRING, status={"type": "integer"}, detail=_STRING),
}  # fmt: skip


def _answers(schema: str, *problems: str) -> dict[str, Any]:
    words = {
        "400": "Unbekannter Wert", "401": "Nicht angemeldet", "403": "Diese Rolle darf das nicht",
        "404": "Gibt es bei dieser Stelle nicht", "503": "Datenbank nicht erreichbar; später noch einmal",
    }  # fmt: skip
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "200": {
            "description": "Gelesen",
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
        },
        **{code: {"description": words[code], "content": problem} for code in ("401", "403", "503", *problems)},
    }


DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Wegweiser: Eingang und Fälle",
        "version": "1.0.0",
        "description": "Nur lesend. Es gelten dieselben Rechte wie auf den Seiten; jedes Öffnen eines Falls wird protokolliert.",
    },
    "paths": {
        "/api/v1/referrals": {
            "get": {
                "operationId": "listReferrals",
                "summary": "Eingang der eigenen Stellen, älteste zuerst",
                "parameters": [
                    {"name": "status", "in": "query", "schema": {**_STATUS, "default": "waiting"}},
                    {"name": "after", "in": "query", "schema": {"type": "string"}},
                ],
                "responses": _answers("ReferralList", "400"),
            }
        },
        "/api/v1/referrals/{id}": {
            "get": {
                "operationId": "openCase",
                "summary": "Ein Fall mit Antworten auf Deutsch",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": _STRING}],
                "responses": _answers("Case", "404"),
            }
        },
    },
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "__Host-kim"}},
    },
    "security": [{"session": []}],
}
