"""What goes wrong becomes a page that says so in German, and a log line that names nobody."""

from __future__ import annotations

import logging
import traceback

from aiohttp import web
from aiohttp.typedefs import Handler

from admin.door.csrf import Forged
from admin.door.gate import for_programs
from admin.door.pages import render
from storage import StorageUnavailable

logger = logging.getLogger(__name__)

_WORDS = {
    400: ("Das haben wir nicht verstanden", "Es fehlt etwas. Bitte gehen Sie zurück und versuchen Sie es noch einmal."),
    401: ("Bitte anmelden", "Sie sind nicht mehr angemeldet."),
    403: ("Kein Zugang", "Ihr Konto darf diese Seite nicht öffnen. Fälle sehen nur die Mitarbeitenden der zuständigen Stelle."),
    404: ("Nicht gefunden", "Diese Seite gibt es nicht, oder sie gehört nicht zu Ihrer Stelle."),
    405: ("Nicht möglich", "Diese Seite kann so nicht aufgerufen werden."),
    413: ("Zu groß", "Es wurden zu viele Daten geschickt."),
    429: ("Zu viele Versuche", "Bitte warten Sie eine Minute."),
    500: ("Etwas ist schiefgegangen", "Der Fehler liegt bei uns. Es wurde nichts geändert. Bitte noch einmal versuchen."),
    503: ("Gerade nicht erreichbar", "Die Datenbank antwortet nicht. Es wurde nichts geändert. Bitte gleich noch einmal."),
}  # fmt: skip
_FORGED = (
    "Diese Seite war zu alt",
    "Es wurde nichts geändert. Bitte öffnen Sie die Seite neu und drücken Sie dann noch einmal.",
)


@web.middleware
async def faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _answer(request, error.status, forged=isinstance(error, Forged), allow=error.headers.get("Allow"))
    except StorageUnavailable:
        logger.warning("storage unavailable in %s %s", request.method, _route(request))
        return _answer(request, 503)
    except Exception as error:
        # The message of an error may quote what a person wrote; its kind and its place can't.
        places = " < ".join(f"{f.filename}:{f.lineno}" for f in reversed(traceback.extract_tb(error.__traceback__)[-4:]))
        logger.error("%s in %s %s: %s", type(error).__name__, request.method, _route(request), places)
        return _answer(request, 500)


def _route(request: web.Request) -> str:
    """The pattern, never the path: a path may hold an id."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown route"


def _answer(request: web.Request, status: int, *, forged: bool = False, allow: str | None = None) -> web.Response:
    title, text = _FORGED if forged else _WORDS.get(status, _WORDS[400 if status < 500 else 500])
    if for_programs(request):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": text}
        response = web.json_response(problem, status=status, content_type="application/problem+json")
    else:
        response = render(request, "fault.html", status=status, title=title, text=text)
    if status == 503:
        response.headers["Retry-After"] = "5"
    if allow:
        response.headers["Allow"] = allow
    return response
