"""What survives JPEG: the messengers' campaign, and learned lattices beside QIM."""

from __future__ import annotations

from typing import Any

from measured_tables import table


def messenger_text(results: dict[str, Any]) -> str:
    """Trips that arrived, by destination: played, and by mozjpeg."""
    head = [
        *("for", "images", "refused", "read", "by mozjpeg", "wrong bytes"),
        *("PSNR, mean", "PSNR, least"),
    ]
    rows = [
        [f"`{name}`" if name != "all" else name, *_row(found)]
        for name, found in (*results["destinations"].items(), ("all", results["all"]))
        if found["hides"]
    ]
    return table(head, rows)


def _row(found: dict[str, Any]) -> list[str]:
    played, other = found["trips"], found["trips by mozjpeg"]
    psnr = found.get("psnr")
    wrong = played.get("wrong", 0) + other.get("wrong", 0)
    values = [f"{psnr[name]:.1f} dB" for name in ("mean", "least")] if psnr else ["-", "-"]
    counts = [str(found["hides"]), str(found["refused"]), _share(played), _share(other)]
    return [*counts, str(wrong), *values]


def _share(trips: dict[str, int]) -> str:
    return f"{trips.get('exact', 0):,} of {sum(trips.values()):,}"


#: Channels of the table of lattices, as the benchmark calls them, and what they are.
SHOWN = {
    "PNG": "PNG",
    "Q75": "Q75",
    "Q60": "Q60",
    "Q50": "Q50",
    "whatsapp twice": "WhatsApp twice",
    "wrong key": "wrong key",
}


def lattice_text(results: dict[str, Any]) -> str:
    """Bits right by channel, a row a code and operating point; then errors at equal PSNR."""
    rows = [
        [
            name,
            str(row["bits"]),
            f"{row['psnr']:.1f} dB",
            *(f"{100 * row['right'][way]:.2f}" for way in SHOWN),
        ]
        for name, row in results["rows"].items()
    ]
    head = ["code", "bits", "PSNR", *(f"{title}, %" for title in SHOWN.values())]
    return f"{table(head, rows)}\n\n{results['images']} photos. `{results['command']}`"
