"""Watch a camera, stream or video with rules, for days and without a window.

Every alert is a line on the standard output: its time, the source, the rule, what happened, to
whom and where. A source that is lost is opened again. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from pedcam.cli.options import (
    INTERRUPTED,
    add_pool_arguments,
    add_preset_arguments,
    check_preset_arguments,
    named_preset,
    number_option,
    report,
    usable_pool,
)
from pedcam.cli.terminal import stop_on_signal
from pedcam.detect.detail import Detail
from pedcam.errors import UserError
from pedcam.headless.detect import AUTO, choose_preset
from pedcam.headless.watch import DISK_BYTES, watch_source
from pedcam.rules.alert import Alert
from pedcam.rules.rules_file import RuleSet, read_rules
from pedcam.rules.sending.address_book import AddressBook, addresses_file
from pedcam.rules.sending.addresses import Address, read_addresses
from pedcam.rules.sending.outbox import outbox_folder
from pedcam.video.people.rules import Action

if TYPE_CHECKING:
    from pedcam.detect.pool import DetectorPool

GIGABYTE = 10**9
OWN_FOLDER = platformdirs.user_data_path("pedcam", appauthor=False) / "alerts"
WINDOW_ONLY = (Action.SOUND, Action.NOTIFY)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pedcam watch``."""
    parser.add_argument(
        "source", help="a camera's number, an address, a video file, a folder, or 'demo'"
    )
    parser.add_argument(
        "--rules",
        type=Path,
        required=True,
        metavar="FILE",
        help="YAML file of lines, zones, ignored zones and rules. It is read once: start again "
        "after a change. Hours do not apply to recordings",
    )
    add_preset_arguments(parser)
    kept = parser.add_argument_group("snapshots and clips of alerts")
    kept.add_argument(
        "--output",
        type=Path,
        default=OWN_FOLDER,
        metavar="FOLDER",
        help="where they go, default: %(default)s",
    )
    kept.add_argument(
        "--most-gb",
        type=number_option(0.01),
        default=DISK_BYTES / GIGABYTE,
        metavar="N",
        help="gigabytes that they may take; then the oldest in the folder are deleted, default: "
        "%(default)g",
    )
    kept.add_argument("--clean", action="store_true", help="do not mark people")
    kept.add_argument(
        "--blur",
        action="store_true",
        help="make people unrecognizable, also in what is sent",
    )
    parser.add_argument(
        "--addresses",
        type=Path,
        metavar="FILE",
        help="file with a 'name = address' per line to send to, which only you may be able to "
        "read; default: those of the window's settings",
    )
    parser.add_argument(
        "--port",
        type=_port,
        metavar="N",
        help="answer /healthz (200 while frames come, else 503) and /metrics (for Prometheus) at "
        "this port of 127.0.0.1; 0 for any that is free",
    )
    parser.add_argument(
        "--json", action="store_true", help="print a JSON object per alert instead of text"
    )
    add_pool_arguments(parser)
    parser.set_defaults(error=parser.error)


def run(args: argparse.Namespace) -> int:
    """Run ``pedcam watch`` and return the exit code: 0 at the end of a recording, 130 after Ctrl-C.

    Raises:
        UserError: Nothing can be watched, or the source failed for good.
    """
    check_preset_arguments(args)
    rule_set = read_rules(args.rules)
    _check_rules(args.rules, rule_set)
    addresses = _addresses(args.addresses, rule_set)
    pool, _ = usable_pool(args)
    if args.output == OWN_FOLDER:
        # Whatever is wrong is reported when the folder itself is to be made.
        with suppress(OSError):
            OWN_FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with stop_on_signal() as stop:
        watch_source(
            args.source,
            pool,
            rule_set,
            _preset(args, pool),
            folder=args.output,
            disk_bytes=round(args.most_gb * GIGABYTE),
            marked=not args.clean,
            blurred=args.blur,
            addresses=addresses,
            outbox=outbox_folder(args.addresses),
            port=args.port,
            score_threshold=args.score_threshold,
            detail=Detail(args.detail),
            target_rate=args.rate,
            on_alert=_print_json if args.json else _print_line,
            on_message=lambda message: report(f"{_iso(datetime.now())} {message}"),
            stop=stop,
        )
    return INTERRUPTED if stop.is_set() else 0


def _check_rules(path: Path, rule_set: RuleSet) -> None:
    on = [rule for rule in rule_set.rules if rule.enabled]
    if not on:
        raise UserError(f"{path} has no rule that is on, so there is nothing to watch for.")
    for rule in on:
        left_out = [action.value for action in WINDOW_ONLY if action in rule.then]
        if left_out:
            report(
                f"warning: rule '{rule.name}' says {' and '.join(left_out)}, which only the window "
                "does"
            )


def _addresses(path: Path | None, rule_set: RuleSet) -> Sequence[Address]:
    if not any(rule.enabled and Action.SEND in rule.then for rule in rule_set.rules):
        return ()
    return read_addresses(path) if path is not None else AddressBook(addresses_file()).load()


def _preset(args: argparse.Namespace, pool: DetectorPool) -> str:
    name: str = args.preset
    if name != AUTO:
        name = named_preset(pool, name) or choose_preset(pool)
    return name


def _print_line(alert: Alert) -> None:
    event = alert.event
    who = f"#{event.track}" if event.track else ""
    where = f"at {event.zone}" if event.zone else ""
    what = ", ".join(filter(None, [event.detail, f"{who} {where}".strip()]))
    _print(f"{_iso(datetime.fromtimestamp(alert.at))} {alert.source}: {event.rule}: {what}")


def _print_json(alert: Alert) -> None:
    _print(json.dumps(alert.fields(), ensure_ascii=False))


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    # Whoever reads along does not want to wait for the buffer to fill.
    sys.stdout.flush()


def _iso(moment: datetime) -> str:
    """A local time in ISO 8601, with its offset from UTC."""
    return moment.astimezone().isoformat(timespec="seconds")


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port from 0 to 65535")
    return int(text)
