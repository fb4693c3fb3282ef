"""The words of the frame: German from the definitions, a few in Arabic, so that a page can be seen in both directions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import dialogs
from locales.direction import direction, own_name
from locales.negotiate import negotiate

ARABIC = {
    "web.skip_link": "انتقل إلى المحتوى", "web.day": "اليوم", "web.month": "الشهر", "web.year": "السنة",
    "web.or_write": "أو اكتب اسم المكان:", "web.loading": "جارٍ تحميل الصفحة", "web.hide": "إخفاء",
    "web.have_code": "لدي رقم", "web.copy": "نسخ الرقم", "web.copied": "تم النسخ", "menu.title": "القائمة",
    "menu.language": "تغيير اللغة", "menu.help": "مساعدة", "menu.human": "التحدث مع إنسان", "menu.pause": "استراحة",
    "menu.stored": "ما المحفوظ عني؟", "menu.delete": "حذف كل شيء", "ui.continue": "متابعة", "ui.back": "رجوع",
    "month.m01": "يناير", "month.m02": "فبراير", "month.m03": "مارس", "month.m04": "أبريل", "month.m05": "مايو",
    "month.m06": "يونيو", "month.m07": "يوليو", "month.m08": "أغسطس", "month.m09": "سبتمبر", "month.m10": "أكتوبر",
    "month.m11": "نوفمبر", "month.m12": "ديسمبر",
}  # fmt: skip


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)


class FrameWords:
    def __init__(self) -> None:
        texts = Path(dialogs.__path__[0]) / "texts.toml"
        self.german = dict(_flat(tomllib.loads(texts.read_text(encoding="utf-8"))))

    def text(self, key: str, locale: str) -> str:
        german = self.german[key]
        return ARABIC.get(key, german) if locale == "ar" else german

    def direction(self, locale: str) -> str:
        return direction(locale)

    def own_name(self, locale: str) -> str:
        return own_name(locale)

    def is_draft(self, locale: str) -> bool:
        return locale != "de"

    def negotiate(self, accept_language: str | None, offered: Sequence[str]) -> str | None:
        return negotiate(accept_language, offered)
