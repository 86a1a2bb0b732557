"""What registers and lists say of a vessel, as tables."""

from typing import Any

from quaywatch.cli.output import print_line, print_table


def print_register(result: dict[str, Any]) -> None:
    """Names, flags and companies over time, listings, and what was searched in vain.

    Args:
        result: from ``vessel_json``.

    """
    told = result["register"]
    if told is not None:
        rows = [
            *(["name", row["name"], row["kind"], _period(row), _who(row)] for row in told["names"]),
            *(["flag", row["flag"] or row["printed"], row["kind"], _period(row), _who(row)]
              for row in told["flags"]),
            *([row["role"], "a natural person" if row["person"] else row["name"] or "not named",
               row["printed"] or "", _period(row), _who(row)] for row in told["parties"]),
            *([name, str(row["value"]), "", "", _who(row)]
              for name, values in told["particulars"].items() for row in values),
        ]  # fmt: skip
        print_table("What registers say", ("what", "value", "kind", "when", "says who"), rows)
        for sentence in told["conflicts"]:
            print_line(sentence)
    if result["listings"]:
        print_table(
            "Listed",
            ("authority", "programme", "measure", "since", "as the list stands"),
            [
                [row["authority"], row["programme"] or "", row["measure"] or "",
                 row["listed_on"] or "not stated", row["message"]]
                for row in result["listings"]
            ],
        )  # fmt: skip
    for one in result["possible_listings"]:
        print_line(one["message"])
    print_line(result["lists_searched"]["message"], dim=not result["lists_searched"]["lists"])


def _period(row: dict[str, Any]) -> str:
    if row["from"] is None and row["until"] is None:
        return "not dated"
    return f"{row['from'] or '…'} to {row['until'] or '…'}"


def _who(row: dict[str, Any]) -> str:
    said = (f"{by['list']} of {by['day'] or 'an unknown day'}" for by in row["said_by"])
    return ", ".join(dict.fromkeys(said))
