"""One page of every kind, in German and in Arabic, as the conversation would phrase them."""

from __future__ import annotations

from bot.channels import Button, Field, Form, Outgoing, Press, Row

SESSION = "abcd2345"
DIRECTION = {"de": "ltr", "ar": "rtl"}
DRAFT = {"de": "", "ar": "هذه الترجمة لم يراجعها بعد متحدث أصلي. النص الألماني هو المعتمد."}


def ltr(text: str) -> str:
    return f"\u2066{text}\u2069"


PARAGRAPH = ltr("§ 104c")

WORDS = {
    "de": {
        "back": "Zurück", "skip": "Überspringen", "unknown": "Weiß ich nicht", "refused": "Möchte ich nicht sagen",
        "done": "Fertig", "continue": "Weiter", "progress": "Frage 3 von etwa 12", "change": "Ändern",
        "status": "Welches Papier haben Sie jetzt? Schauen Sie auf Ihre Karte oder Ihren Brief.",
        "p104c": "Aufenthaltserlaubnis § 104c (Chancen-Aufenthalt)", "duldung": "Duldung",
        "eu": "Ich komme aus der EU oder gehöre zur Familie", "unsure": "Etwas anderes",
        "needs": "Wobei möchten Sie Hilfe? Sie können mehrere Sachen auswählen.", "lang": "Deutsch lernen",
        "home": "Wohnung", "work": "Arbeit oder Ausbildung", "papers": "Pass und Papiere",
        "year": "In welchem Jahr sind Sie nach Deutschland gekommen?",
        "until": "Bis wann gilt Ihre Karte oder Ihr Papier? Das Datum steht bei „gültig bis“.",
        "month": "Wann werden Sie 27 Jahre alt? Monat und Jahr reichen.", "town": "In welcher Stadt oder Gemeinde wohnen Sie?",
        "other": "Ein anderer Ort", "phone": "Unter welcher Telefonnummer dürfen wir Sie anrufen?", "number": "Telefonnummer",
        "notice": "Ich bin ein Computer-Programm (Bot) vom Integrations-Team des Kreises (KIM). Ich bin nicht die "
        "Ausländerbehörde. Mit ein paar Fragen finden wir die richtige Beratung für Sie. Alles ist freiwillig und "
        "kostet nichts. Ihre Antworten sind für das Beratungs-Team. Möchten Sie anfangen?",
        "yes": "Ja, anfangen", "info": "Erst mehr lesen", "no": "Nein, danke", "language": "Bitte wählen Sie Ihre Sprache.",
        "summary": "Ihre Antworten", "check": "Bitte prüfen Sie Ihre Antworten. Sie können jede Antwort ändern.",
        "right": "Alles stimmt – weiter", "result": "Wir empfehlen: KIM Case Management",
        "why": "Warum? Sie haben § 104c und brauchen längere Zeit Hilfe bei mehreren Themen.",
        "where": "Wo? KIM Case Management Velbert", "call": "Telefon: 02104 992345",
        "also": "Integrationskurs: Deutsch lernen und Leben in Deutschland",
        "proposal": "Das ist ein Vorschlag von einem Computer. Ein Mensch entscheidet.",
        "end": "Geschafft!", "referred": "Wir haben Ihre Antworten an KIM Velbert gegeben. Dort liest sie ein Mensch.",
        "code": "Mit dieser Nummer können Sie später weitermachen oder alles löschen.",
        "another": "Für eine andere Person ausfüllen", "withdraw": "Erlaubnis zurücknehmen",
        "card": "Gewalt: Sie sind nicht schuld", "cardtext": "Bei Gefahr rufen Sie sofort die Polizei. Hilfe gibt es Tag und "
        "Nacht, ohne Namen, in 18 Sprachen.", "police": "Polizei", "women": "Hilfetelefon für Frauen",
        "help": "Sie beantworten kurze Fragen. Danach sehen Sie, wer Ihnen hilft und warum.",
        "delete": "Alles löschen?", "gone": "Das kann man nicht zurückholen.", "reallydelete": "Ja, alles löschen",
        "keep": "Nein, zurück",
    },
    "ar": {
        "back": "رجوع", "skip": "تخطّي", "unknown": "لا أعرف", "refused": "لا أريد أن أقول",
        "done": "انتهيت", "continue": "متابعة", "progress": "السؤال 3 من حوالي 12", "change": "تغيير",
        "status": "ما هي الوثيقة التي لديك الآن؟ انظر إلى بطاقتك أو رسالتك.",
        "p104c": f"تصريح إقامة {PARAGRAPH} (فرصة الإقامة)", "duldung": f"{ltr('Duldung')} (إقامة مع وقف التنفيذ)",
        "eu": "أنا من الاتحاد الأوروبي أو من أفراد العائلة", "unsure": "شيء آخر",
        "needs": "في ماذا تريد المساعدة؟ يمكنك اختيار أكثر من شيء.", "lang": "تعلّم اللغة الألمانية",
        "home": "السكن", "work": "العمل أو التدريب المهني", "papers": "جواز السفر والأوراق",
        "year": "في أي سنة جئت إلى ألمانيا؟", "until": f"حتى متى تسري بطاقتك؟ التاريخ موجود عند {ltr('gültig bis')}.",
        "month": "متى تبلغ 27 عامًا؟ يكفي الشهر والسنة.", "town": "في أي مدينة تسكن؟", "other": "مكان آخر",
        "phone": "على أي رقم هاتف يمكننا الاتصال بك؟", "number": "رقم الهاتف",
        "notice": f"أنا برنامج حاسوب من فريق الاندماج ({ltr('KIM')}). أنا لست دائرة الأجانب. ببعض الأسئلة نجد الاستشارة "
        "المناسبة لك. كل شيء طوعي ومجاني. إجاباتك لفريق الاستشارة فقط. هل تريد أن تبدأ؟",
        "yes": "نعم، ابدأ", "info": "أريد أن أقرأ المزيد أولًا", "no": "لا، شكرًا", "language": "يرجى اختيار لغتك.",
        "summary": "إجاباتك", "check": "يرجى مراجعة إجاباتك. يمكنك تغيير كل إجابة.", "right": "كل شيء صحيح – متابعة",
        "result": f"نوصي بـ: {ltr('KIM Case Management')}",
        "why": f"لماذا؟ لديك {PARAGRAPH} وتحتاج إلى مساعدة لفترة أطول في عدة مواضيع.",
        "where": f"أين؟ {ltr('KIM Case Management Velbert')}", "call": f"الهاتف: {ltr('02104 992345')}",
        "also": f"دورة الاندماج: تعلّم الألمانية و{ltr('Leben in Deutschland')}",
        "proposal": "هذا اقتراح من حاسوب. القرار لإنسان.", "end": "تمّ!",
        "referred": f"أعطينا إجاباتك إلى {ltr('KIM Velbert')}. سيقرؤها إنسان هناك.",
        "code": "بهذا الرقم يمكنك المتابعة لاحقًا أو حذف كل شيء.", "another": "تعبئة لشخص آخر", "withdraw": "سحب الموافقة",
        "card": "العنف: لست مذنبًا", "cardtext": "عند الخطر اتصل بالشرطة فورًا. المساعدة متاحة ليلًا ونهارًا دون ذكر الاسم.",
        "police": "الشرطة", "women": "هاتف المساعدة للنساء",
        "help": "تجيب عن أسئلة قصيرة. بعد ذلك ترى من يساعدك ولماذا.", "delete": "حذف كل شيء؟",
        "gone": "لا يمكن استرجاع ذلك.", "reallydelete": "نعم، احذف كل شيء", "keep": "لا، رجوع",
    },
}  # fmt: skip


def page(locale: str, kind: str, **parts: object) -> Outgoing:
    return Outgoing(lang=locale, direction=DIRECTION[locale], kind=kind, draft=DRAFT[locale], **parts)  # type: ignore[arg-type]


def ask(
    locale: str, kind: str, heading: str, fields: tuple[str, ...] = (), prompt: int = 3, note: str = "", **form: object
) -> Outgoing:
    """A question with every way out there is."""
    words = WORDS[locale]

    def way(label: str, act: str, option: str = "") -> Button:
        return Button(words[label], Press(SESSION, prompt, act, option))

    return page(
        locale, "ask", heading=words[heading], progress=words["progress"], prompt_note=note,
        form=Form(
            kind, SESSION, prompt, tuple(Field(id_, words.get(id_, id_)) for id_ in fields),
            done=words["done" if kind == "multi" else "continue"], **form,  # type: ignore[arg-type]
        ),
        buttons=(way("unknown", "c", "unknown"), way("refused", "c", "na"), way("skip", "s"), way("back", "b")),
    )  # fmt: skip


def single(locale: str, prompt: int = 3, note: str = "") -> Outgoing:
    return ask(locale, "single", "status", ("p104c", "duldung", "eu", "unsure"), prompt, note)


def multi(locale: str, prompt: int = 3) -> Outgoing:
    return ask(locale, "multi", "needs", ("lang", "home", "work", "papers"), prompt)


def date(locale: str, prompt: int = 3) -> Outgoing:
    return ask(locale, "date", "until", ("2026", "2027"), prompt, minimum="2022-12-31", maximum="2031-11-21")


def month(locale: str, prompt: int = 3) -> Outgoing:
    return ask(locale, "month", "month", ("2026", "2027", "2028"), prompt)


def town(locale: str, prompt: int = 3) -> Outgoing:
    return ask(locale, "town", "town", ("Erkrath", "Haan", "Heiligenhaus", "Hilden", "Velbert", "other"), prompt, columns=2)


def number(locale: str, prompt: int = 3) -> Outgoing:
    return ask(locale, "number", "year", tuple(map(str, range(2026, 2015, -1))), prompt, minimum="1950", maximum="2026")


def phone(locale: str, prompt: int = 3) -> Outgoing:
    return ask(locale, "phone", "phone", (), prompt, label=WORDS[locale]["number"])


def consent(locale: str, prompt: int = 3) -> Outgoing:
    return ask(locale, "consent", "notice", ("yes", "info", "no"), prompt)


def language(locale: str, session: str = "") -> Outgoing:
    fields = (Field("de", "Deutsch", locale == "de"), Field("ar", "العربية", locale == "ar"), Field("en", "English"))
    form = Form("language", session, 0, fields, done=WORDS[locale]["continue"])
    return page(locale, "chooselanguage", heading=WORDS[locale]["language"], form=form)


def summary(locale: str, prompt: int = 9) -> Outgoing:
    words = WORDS[locale]
    rows = tuple(
        Row(words[term], words[answer], Button(words["change"], Press(SESSION, prompt, "e", term)))
        for term, answer in (("status", "p104c"), ("town", "other"), ("needs", "lang"))
    )
    buttons = (Button(words["right"], Press(SESSION, prompt, "y")), Button(words["back"], Press(SESSION, prompt, "b")))
    return page(locale, "showsummary", heading=words["summary"], paragraphs=(words["check"],), rows=rows, buttons=buttons)


def result(locale: str) -> Outgoing:
    words = WORDS[locale]
    return page(
        locale, "showresult", heading=words["result"],
        paragraphs=(words["why"], words["where"], words["call"], words["proposal"]), rows=(Row(words["lang"], words["also"]),),
    )  # fmt: skip


def checklist(locale: str) -> Outgoing:
    """As long as it gets: every condition with its state and who helps, the banner above, the fixed sentence below."""
    words = WORDS[locale]
    rows = tuple(Row(words[name], f"{words['unknown']} – {words['also']}") for name in ("lang", "papers", "work", "home"))
    return page(
        locale, "showchecklist", heading=words["p104c"], paragraphs=(words["check"],), rows=rows, closing=words["proposal"],
    )  # fmt: skip


def end(locale: str) -> Outgoing:
    words = WORDS[locale]
    return page(
        locale, "showend", heading=words["end"], paragraphs=(words["referred"], words["code"]), code="K7M4-2PXB-9",
        buttons=(Button(words["another"], Press(SESSION, 0, "o")), Button(words["withdraw"], Press(SESSION, 0, "w"))),
    )  # fmt: skip


def card(locale: str) -> Outgoing:
    words = WORDS[locale]
    rows = (Row(words["police"], ltr("110")), Row(words["women"], ltr("116 016")))
    return page(
        locale, "showcards", heading=words["card"], paragraphs=(words["cardtext"],), rows=rows, tags=frozenset({"crisis"})
    )


def said(locale: str) -> Outgoing:
    return page(locale, "say", paragraphs=(WORDS[locale]["help"],))


def delete(locale: str) -> Outgoing:
    words = WORDS[locale]
    buttons = (Button(words["reallydelete"], Press(SESSION, 0, "X")), Button(words["keep"], Press(SESSION, 0, "r")))
    return page(locale, "confirmdelete", heading=words["delete"], paragraphs=(words["gone"],), buttons=buttons)


def every_page(locale: str) -> dict[str, tuple[Outgoing, ...]]:
    return {
        "language": (language(locale, SESSION),),
        "consent": (consent(locale),),
        "single": (single(locale),),
        "refused": (single(locale, note=WORDS[locale]["check"]),),
        "multi": (multi(locale),),
        "town": (town(locale),),
        "number": (number(locale),),
        "date": (date(locale),),
        "month": (month(locale),),
        "phone": (phone(locale),),
        "summary": (summary(locale),),
        "result": (result(locale), checklist(locale), end(locale)),
        "consent-after-result": (result(locale), checklist(locale), consent(locale)),
        "crisis": (card(locale), single(locale)),
        "help": (said(locale), single(locale)),
        "delete": (delete(locale),),
    }
