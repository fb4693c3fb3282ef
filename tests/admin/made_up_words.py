"""Words for the pages' tests: a few real sentences, so that a page reads as it will."""

from __future__ import annotations

from collections.abc import Mapping

GERMAN: Mapping[str, str] = {
    "dienst.KIM_CM.name": "KIM Case Management",
    "mettmann.M09": "Sie brauchen länger Hilfe, und mehrere Stellen sind beteiligt. Dafür ist das Case Management da.",
    "mettmann.M02": "Ihr Titel läuft in höchstens sechs Wochen ab, und es gibt noch keinen Antrag.",
    "mettmann.M06": "Sie werden bald 27 und brauchen länger Hilfe bei mehreren Themen.",
    "scr.S02_city": "In welcher Stadt wohnen Sie?",
    "scr.S03_age": "Wie alt sind Sie?",
    "scr.S04_status": "Welches Papier haben Sie jetzt? Schauen Sie auf Ihre Karte oder Ihren Brief.",
    "scr.S04_status.p104c": "Aufenthaltserlaubnis § 104c (Chancen-Aufenthalt)",
    "scr.S05_valid_until": "Bis wann gilt Ihre Karte oder Ihr Papier? Das Datum steht bei „gültig bis“.",
    "scr.S08_german": "Wie gut können Sie Deutsch?",
    "scr.S08_german.d1": "Ein bisschen",
    "scr.S03_age.a27": "27 bis 64",
    "scr.S15_needs": "Wobei möchten Sie Hilfe? Sie können mehrere Sachen auswählen.",
    "scr.S15_needs.residence": "Aufenthalt (§ 25a, § 25b, Antrag)",
    "scr.S15_needs.work": "Arbeit oder Ausbildung",
    "scr.S15_needs.lid": "Test „Leben in Deutschland“",
    "scr.S16_kind": "Was passt zu Ihnen? Sie können mehrere Sachen auswählen.",
    "scr.S16_kind.long": "Ich brauche länger Hilfe (mehrere Monate).",
    "scr.S16_kind.actors": "Viele Ämter oder Stellen sind beteiligt (drei oder mehr).",
    "scr.S17_contact": "Wie soll es weitergehen?",
    "scr.S17_contact.phone": "Bitte rufen Sie mich an.",
    "reason.zielgruppe_passt_nicht": "Die Zielgruppe passt nicht",
    "reason.kein_multipler_bedarf": "Kein multipler Beratungsbedarf",
    "reason.andere_stelle_passender": "Eine andere Stelle passt besser",
    "reason.keine_kapazitaet": "Im Moment kein freier Platz",
    "reason.nicht_erreicht": "Nicht erreicht",
    "reason.moechte_nicht_mehr": "Die Person möchte nicht mehr",
    "reason.schon_in_beratung": "Schon in einer Beratung",
    "slip.line1": "Kostenlose Beratung in Ihrer Sprache.",
    "slip.line2": "Code scannen, ein paar Fragen beantworten: Sie erfahren, wer Ihnen hilft.",
    "slip.line3": "Freiwillig. Kein Einfluss auf Ihren Aufenthaltstitel.",
}
ARABIC: Mapping[str, str] = {
    "slip.line1": "استشارة مجانية بلغتك.",
    "slip.line2": "امسح الرمز وأجب عن بعض الأسئلة: ستعرف من يساعدك.",
    "slip.line3": "الأمر طوعي ولا يؤثر على تصريح إقامتك.",
}
STELLEN: Mapping[str, str] = {
    "kim-velbert": "KIM Case Management Velbert",
    "kim-ratingen": "KIM Case Management Ratingen",
    "caritas-mettmann": "Caritas Case Management Mettmann",
}
KOMMUNEN: Mapping[str, str] = {"velbert": "Velbert", "ratingen": "Ratingen", "monheim": "Monheim am Rhein"}
OWN_NAMES: Mapping[str, str] = {"de": "Deutsch", "en": "English", "ar": "العربية"}


class MadeUpWords:
    locales = ("de", "en", "ar")

    def german(self, key: str, **params: str | int) -> str:
        return GERMAN[key].format(**params)

    def text(self, key: str, locale: str, **params: str | int) -> str:
        return (ARABIC if locale == "ar" else GERMAN)[key].format(**params)

    def stelle_name(self, stelle_id: str) -> str:
        return STELLEN[stelle_id]

    def kommune_name(self, kommune_id: str) -> str:
        return KOMMUNEN[kommune_id]

    def own_name(self, locale: str) -> str:
        return OWN_NAMES[locale]

    def direction(self, locale: str) -> str:
        return "rtl" if locale == "ar" else "ltr"

    def answer(self, question_id: str, value: object) -> str:
        if isinstance(value, list):
            return ", ".join(self.answer(question_id, item) for item in value)
        if question_id == "S02_city":
            return KOMMUNEN[str(value)]
        return GERMAN.get(f"scr.{question_id}.{value}", str(value))
