"""Every number that `/metrics` shows: name, kind, meaning and labels in one table, and where each is read.

A label holds a word from a closed set (a channel, a status code, a route's template), never anything a person has sent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from storage import Buckets, Meter

PREFIX: Final = "wegweiser_"


@dataclass(frozen=True, slots=True)
class Family:
    """`kind`: counter (published with `_total`), gauge or histogram."""

    kind: str
    meaning: str
    labels: tuple[str, ...] = ()


FAMILIES: Final[Mapping[str, Family]] = {
    "http_requests": Family("counter", "Answered requests by route template and class of status.", ("route", "status")),
    "ready": Family("gauge", "1 if /readyz says so, 0 if not."),
    "events": Family("counter", "Events by channel and what became of them.", ("channel", "outcome")),
    "acknowledgement_seconds": Family("histogram", "From an event's arrival until it is on disk, by channel.", ("channel",)),
    "step_seconds": Family("histogram", "Work of one transaction before its commit."),
    "commit_seconds": Family("histogram", "Commits: until the disk has it."),
    "batch_steps": Family("histogram", "Steps that shared one commit."),
    "failed_batches": Family("counter", "Transactions that ended in an error of the database."),
    "erasures": Family("counter", "Data keys that were destroyed: people and chats erased."),
    "sweeps": Family("counter", "Rounds of the deletion deadlines, by how they ended.", ("outcome",)),
    "swept": Family("counter", "Rows that a deadline has ended, by deadline.", ("deadline",)),
    "outbox_due": Family("gauge", "Messages that wait to be sent."),
    "outbox_oldest_seconds": Family("gauge", "How long the oldest of them has waited."),
    "dead_letters": Family("gauge", "Messages that were given up and not yet looked after."),
    "sent": Family("counter", "Messages by outcome.", ("outcome",)),
    "retry_after_seconds": Family("counter", "Seconds of waiting that the Bot API has asked for, summed up."),
    "webhook_answers": Family("counter", "What Telegram's updates met: a refusal's status or what was done.", ("result",)),
    "webhook_pending": Family("gauge", "Updates that wait at Telegram's side."),
    "webhook_error_seconds": Family("gauge", "How long ago Telegram last failed to deliver; -1: never."),
    "backup_age_seconds": Family("gauge", "Age of the newest good backup; -1: there is none."),
    "database_bytes": Family("gauge", "Size of the database."),
    "database_log_bytes": Family("gauge", "Size of SQLite's write-ahead log."),
    "disk_free_bytes": Family("gauge", "Free space where the database lies."),
    "alarm": Family("gauge", "1 while the alarm is raised.", ("name",)),
}

Value = tuple[tuple[str, ...], float]


def counted(name: str, values: Iterable[Value]) -> Metric:
    """A counter or gauge with its values, each under its labels."""
    family = FAMILIES[name]
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = kind(PREFIX + name, family.meaning, labels=family.labels)
    for labels, value in values:
        metric.add_metric(labels, value)
    return metric


def one(name: str, value: float) -> Metric:
    return counted(name, [((), value)])


def spread(name: str, found: Mapping[tuple[str, ...], Buckets]) -> Metric:
    """A histogram."""
    family = FAMILIES[name]
    metric = HistogramMetricFamily(PREFIX + name, family.meaning, labels=family.labels)
    for labels, buckets in sorted(found.items()):
        metric.add_metric(labels, list(_cumulated(buckets)), buckets.total)
    return metric


def of_meter(meter: Meter) -> Iterator[Metric]:
    yield spread("step_seconds", {(): meter.steps})
    yield spread("commit_seconds", {(): meter.commits})
    yield spread("batch_steps", {(): meter.together})
    yield one("failed_batches", meter.failed)
    yield one("erasures", meter.erased)


def _cumulated(buckets: Buckets) -> Iterator[tuple[str, float]]:
    bounds: Sequence[float] = (*buckets.bounds, math.inf)
    so_far = 0
    for bound, count in zip(bounds, list(buckets.counts), strict=True):
        so_far += count
        yield ("+Inf" if bound == math.inf else repr(bound)), so_far
