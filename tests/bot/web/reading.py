"""Reads a page as a browser without JavaScript would: its elements, its words, and the fields each form would send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "path"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    inside: tuple[Element, ...]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def has(self, name: str) -> bool:
        return name in self.attributes


class Page(HTMLParser):
    """A parsed page. Raises AssertionError if an element is closed that was not opened: our HTML is well-formed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"attribute twice in {tag}: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1].tag == tag, f"</{tag}> closes {[e.tag for e in self._open]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.get(name) == value for name, value in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × {tag} {attributes}"
        return found[0]

    def within(self, outer: Element, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag and outer in element.inside]

    def form_with(self, act: str) -> Element:
        """The form that sends this act."""
        for form in self.all("form"):
            for element in (*self.within(form, "input"), *self.within(form, "button")):
                if (element.get("name"), element.get("value")) == ("act", act):
                    return form
        raise AssertionError(f"no form sends {act!r}")

    def fields(self, act: str, **chosen: str | list[str]) -> list[tuple[str, str]]:
        """What the form with this act would send if `chosen` were chosen or typed. Only what the page offers can be."""
        form = self.form_with(act)
        sent = [(i.get("name"), i.get("value")) for i in self.within(form, "input") if i.get("type") == "hidden"]
        if ("act", act) not in sent:
            sent.append(("act", act))
        for name, value in chosen.items():
            values = [value] if isinstance(value, str) else value
            controls = [e for e in self.elements if form in e.inside and e.get("name") == name and e.get("type") != "hidden"]
            assert controls, f"no {name} to fill"
            if controls[0].tag in ("button",) or controls[0].get("type") in ("radio", "checkbox"):
                assert set(values) <= {control.get("value") for control in controls}, values
            sent += [(name, one) for one in values]
        return sent
