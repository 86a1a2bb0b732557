"""The stock mass balance and the readings of a published total, for people."""

from datetime import datetime, timedelta
from typing import Any

from quaywatch.cli.output import print_line, print_table
from quaywatch.cli.voyages import day


def print_balance(told: dict[str, Any]) -> None:
    """What left the yards of a site against what ships could have loaded, or why not."""
    if told["period"] is None:
        print_line(f"No mass balance: {told['reason']}", dim=True)
        return
    for group in told["groups"]:
        _print_group(group, told)
    if not any(group["balance"] for group in told["groups"]):
        return
    if told["ships"]:
        print_table(
            "Ships seen at its berths",
            ("ship", "berth", "first seen", "by", "could have loaded, or why that is not known"),
            [
                [
                    ship["ship"] or "not named", ship["berth"] or "not told",
                    day(ship["first_seen"]), ", ".join(ship["seen_by"]),
                    _tonnes(ship["tonnes"]) or ship["reason"],
                ]
                for ship in told["ships"]
            ],
        )  # fmt: skip
    if told["reference"]:
        print_line(f"Ships of which no deadweight is known: {told['reference']}.")
    for note in told["notes"]:
        print_line(f"- {note}", dim=True)


def _print_group(group: dict[str, Any], told: dict[str, Any]) -> None:
    named = f"{group['storage'].capitalize()} yards ({', '.join(group['yards'])})"
    found = group["balance"]
    if found is None:
        print_line(f"{named}: no mass balance. {group['message']}")
        return
    ships, unseen = len(told["ships"]), told["calls_unseen"]
    calls = "" if unseen is None else f", {unseen['low']:.0f} to {unseen['high']:.0f} calls"
    split = [found["left_with_ship_t"], found["left_without_ship_t"]]
    unsplit = "no such change" if any(split) else "no look at the berths tells"
    rows = [
        ("left the yards", found["left_t"], ""),
        ("of it with a ship seen alongside", split[0], unsplit),
        ("of it with none seen", split[1], unsplit),
        (f"ships seen could load: {ships}", found["seen_t"], "not known" if ships else "none"),
        (f"ships that nobody saw could load{calls}", found["unseen_t"], "not known"),
        ("left, and no ship accounts for it", found["remainder_t"], "not stated"),
        ("ships could load beyond what left", found["surplus_t"], "not stated"),
    ]
    first, last = (datetime.fromisoformat(at) for at in told["period"])
    span = f"{first:%Y-%m-%d} to {last - timedelta(microseconds=1):%Y-%m-%d}"
    print_table(
        f"{named}, mass balance, {span}",
        ("", "tonnes (95% interval)"),
        [[what, _tonnes(spread) or without] for what, spread, without in rows],
    )
    print_line(group["message"])
    held = [c for c in found["candidates"] if c["interval_95"] is not None]
    for candidate in held:
        print_line(f"- {candidate['statement']}: up to {candidate['interval_95'][1]:,.0f} t")
    for left_out in group["yards_left_out"]:
        print_line(f"- Yard {left_out['yard']} is not in it: {left_out['reason']}.", dim=True)
    if group["changes_beyond"]:
        beyond = group["changes_beyond"]
        print_line(f"- {beyond} of the changes reach beyond that time: not in it.", dim=True)
    for note in found["notes"]:
        print_line(f"- {note}", dim=True)


def print_published(totals: list[dict[str, Any]]) -> None:
    """Totals that others publish of a fleet, each read both ways, with what that leaves open."""
    for total in totals:
        named = total["subject"].partition(":")[2]
        if total["message"] is None:
            print_line(f"Published of {named}: not read. {total['reason']}")
            continue
        if total["readings"]:
            print_table(
                f"Published of {named}, read both ways",
                ("the total is", "over voyages, t", "over ships, t", "at the price printed"),
                [
                    [
                        reading["meaning"], f"{reading['deadweight_over_voyages_t']:,}",
                        f"{reading['deadweight_over_ships_t']:,}",
                        f"${reading['face_value_usd']:,}",
                    ]
                    for reading in total["readings"]
                ],
            )  # fmt: skip
        print_line(total["message"])
        if total["readings"] and total["product"]:
            print_line(total["product"]["message"])
        for said in (*total["left_open"], *total["not_printed"]):
            print_line(f"- {said}", dim=True)


def _tonnes(spread: dict[str, Any] | None) -> str | None:
    """Mean and 95% interval; None where there are none."""
    if spread is None:
        return None
    mean, low, high = (float(f"{t:.3g}") for t in (spread["mean"], *spread["interval_95"]))
    return f"{mean:,.0f} ({low:,.0f} to {high:,.0f})"
