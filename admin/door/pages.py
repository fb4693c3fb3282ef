"""Templates to pages. Everything is escaped; foreign words are isolated and lose their direction marks."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from admin.door import dates
from admin.door.keys import DOOR, SESSION, SETTINGS, TEMPLATES
from admin.door.policy import ROLE_NAMES, Role
from admin.door.static import static_url

TEMPLATE_ROOT = Path(__file__).parent.parent

# Characters that turn the direction of the rest of a page: nobody needs them in a name or a number.
_TURNERS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f]")


def foreign(text: object) -> Markup:
    """Words that came from outside, isolated from the page around them."""
    return Markup("<bdi>{}</bdi>").format(escape(_TURNERS.sub("", str(text))))


def number(text: object) -> Markup:
    """A telephone number with a name: read from left to right, also beside Arabic letters, or its groups change places."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(escape(_TURNERS.sub("", str(text))))


def capped(count: int) -> str:
    """Totals are counted up to ten thousand only."""
    return "über 10.000" if count > 10_000 else f"{count:,}".replace(",", ".")


def environment(*folders: str) -> Environment:
    env = Environment(
        # A page must not change under a running program when the files on disk do.
        auto_reload=False,
        loader=FileSystemLoader([TEMPLATE_ROOT / folder for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        moment=dates.moment, day=dates.day, clock=dates.clock, since=dates.since, foreign=foreign, number=number, capped=capped
    )
    env.globals["static"] = static_url
    return env


def render(request: web.Request, template: str, *, status: int = 200, **context: object) -> web.Response:
    """One page. `me` and `csrf` are there only when somebody is signed in."""
    app = request.app
    session = request.get(SESSION)
    html = (
        app[TEMPLATES]
        .get_template(template)
        .render(
            settings=app[SETTINGS],
            door=app[DOOR],
            path=request.path,
            me=session.staff if session else None,
            my_role=ROLE_NAMES[Role(session.staff.role)] if session else "",
            csrf=session.csrf if session else "",
            **context,
        )
    )
    return web.Response(text=html, content_type="text/html", status=status)
