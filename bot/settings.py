"""Settings of both doors, from the environment (`WEGWEISER_*`) or one TOML file. No value is ever printed.

Everything missing or unsafe is named at once, each with its remedy, before anything is opened.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dialogs.load import known_counties

MODES = ("door", "buttons", "full")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsProblem(Exception):
    """Some settings are missing or unsafe. `findings` has one line for each."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


class Settings(BaseSettings):
    """What an operator can set. Names in capitals with `WEGWEISER_` before them, or small in the TOML file."""

    model_config = SettingsConfigDict(env_prefix="WEGWEISER_", extra="forbid", frozen=True)

    database_url: str = ""
    county: str = ""
    keys: Path | None = None
    public_url: str = ""
    host: str = "127.0.0.1"
    bot_port: int = Field(8080, ge=1, le=65535)
    admin_port: int = Field(8081, ge=1, le=65535)
    desk_port: int = Field(8082, ge=1, le=65535)
    telegram_token: str = ""
    telegram_api: str = "https://api.telegram.org"
    telegram_mode: str = "door"
    telegram_bot_name: str = ""
    telegram_webhook_secret: str = ""
    # Messages a second to all chats together; with it goes one a second to each chat. 0: no limits.
    telegram_per_second: float = Field(25, ge=0, le=1000)
    dpia_reference: str = ""
    # How many answers of one chat, in any channel, are taken at once; then five a second. 0: no limit.
    flood_burst: int = Field(40, ge=0, le=10_000)
    backups: Path | None = None
    backup_key: Path | None = None
    behind_proxy: bool = False
    metrics_token: str = ""
    log_level: str = "INFO"
    environment: str = "production"

    @property
    def demo(self) -> bool:
        return self.environment == "demo"

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def telegram_by_webhook(self) -> bool:
        return bool(self.telegram_webhook_secret)

    @property
    def desk_telegram_url(self) -> str | None:
        return f"https://t.me/{self.telegram_bot_name}?start=d-" if self.telegram_bot_name and self.telegram_token else None


def read_settings(config: Path | None = None, **given: Any) -> Settings:
    """Settings from file and environment; `given` stands above both. Raises SettingsProblem."""
    values: dict[str, Any] = {}
    if config is not None:
        try:
            values = tomllib.loads(config.read_text(encoding="utf-8"))
        except OSError:
            raise SettingsProblem([f"{config.name}: can't be read. Check the path and its rights."]) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsProblem([f"{config.name}: no valid TOML: {error}."]) from None
    try:
        return Settings(**{**values, **given})
    except ValidationError as error:
        names = sorted({str(problem["loc"][0]) for problem in error.errors()})
        raise SettingsProblem([f"{name}: unknown or not of the right kind. See README, settings." for name in names]) from None


def unsafe(settings: Settings, part: str = "all") -> list[str]:
    """Why `serve` must not start with these settings: one line each, with the remedy. The desk alone needs no keys."""
    found = []
    if settings.database_url and not settings.database_url.startswith(("sqlite:///", "postgresql://")):
        found.append("WEGWEISER_DATABASE_URL is of no known kind. Write sqlite:///… or postgresql://…")
    if not settings.database_url:
        found.append("WEGWEISER_DATABASE_URL is missing. Set sqlite:////var/lib/wegweiser/wegweiser.db or postgresql://…")
    if settings.environment != "production":
        found.append("WEGWEISER_ENVIRONMENT is not production. Leave it out; the demo sets it by itself.")
    if not settings.county:
        found.append("WEGWEISER_COUNTY is missing. Set the name of a folder in dialogs/counties.")
    elif settings.county not in known_counties():
        found.append(f"WEGWEISER_COUNTY names no county. There are: {', '.join(known_counties())}.")
    if settings.keys is None and part != "desk":
        found.append("WEGWEISER_KEYS is missing. Run `wegweiser keys create FILE` and set the file's path.")
    elif settings.keys is not None and not settings.keys.is_file():
        found.append(f"WEGWEISER_KEYS: {settings.keys.name} is not there. Put it back, or create one for a new database.")
    if (settings.backups is None) != (settings.backup_key is None):
        found.append("WEGWEISER_BACKUPS and WEGWEISER_BACKUP_KEY belong together. Set the folder and the public key file.")
    if len({settings.bot_port, settings.admin_port, settings.desk_port}) < 3:
        found.append("WEGWEISER_BOT_PORT, _ADMIN_PORT and _DESK_PORT must be three different ports.")
    if not re.fullmatch(r"https://[^\s/?#]+\S*", settings.public_url):
        found.append("WEGWEISER_PUBLIC_URL is missing or no https address. Set the address people open, as https://…")
    if settings.telegram_mode not in MODES:
        found.append(f"WEGWEISER_TELEGRAM_MODE is none of {', '.join(MODES)}.")
    if settings.metrics_token and (len(settings.metrics_token) < 24 or not re.fullmatch(r"[!-~]+", settings.metrics_token)):
        found.append("WEGWEISER_METRICS_TOKEN is unsafe. Set at least 24 characters of ASCII without spaces.")
    if settings.log_level not in LOG_LEVELS:
        found.append(f"WEGWEISER_LOG_LEVEL is none of {', '.join(LOG_LEVELS)}.")
    if settings.telegram_token:
        if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", settings.telegram_token):
            found.append("WEGWEISER_TELEGRAM_TOKEN has not the form of a bot's token. Copy it again from BotFather.")
        if not re.match(r"https://[^\s/]|http://(127\.0\.0\.1|localhost)[:/]", settings.telegram_api + "/"):
            found.append("WEGWEISER_TELEGRAM_API is no https address. Answers and token must not travel in clear text.")
        if settings.telegram_mode == "full":
            found.append("WEGWEISER_TELEGRAM_MODE=full is for tests and the demo. Set door or buttons.")
        if settings.telegram_mode == "buttons" and not settings.dpia_reference.strip():
            found.append("WEGWEISER_DPIA_REFERENCE is missing. Mode buttons needs the data-protection assessment's reference.")
        secret = settings.telegram_webhook_secret
        if secret and (len(secret) < 32 or not all(char.isalnum() or char in "_-" for char in secret) or not secret.isascii()):
            found.append("WEGWEISER_TELEGRAM_WEBHOOK_SECRET is unsafe. Set at least 32 characters of A-Z a-z 0-9 _ -")
        if not settings.telegram_bot_name:
            found.append("WEGWEISER_TELEGRAM_BOT_NAME is missing. Set the bot's name, as in t.me/NAME.")
    return found
