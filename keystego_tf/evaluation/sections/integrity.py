"""Does the message arrive, and with whom? The e-mail run (paper, section V, Table III)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from PIL import Image

from ...baselines.nets import Net
from ...bundles.catalogue import Model
from ...codec import DoesNotFit, hide, new_pair
from .. import integrity
from ..cache import digest_of
from ..covers import Tiles
from ..integrity import LAYERS, Exchange, Reading
from ..integrity_roles import RAW
from ..results import Claim, Column, Section, Table, Value
from ..suite import Context

WHERE = "Table III"
#: What B and C must read for the claim to hold, shares of 1.
ARRIVES, NOTHING = (0.998, 1.0), (0.49, 0.51)
#: Letters of a reading that a table shows.
SHOWN = 80
#: Mails of the payload layer: all or nothing, and each runs the whole of hide and reveal.
PAYLOADS = 5
#: Seconds that the mails of one run may take.
TIMEOUT = 900.0

READERS = {
    "b": "B: Bob with the key",
    "c": "C: the same Bob with a key made up",
    "c_under_public_key": "C: the public key in place of Bob's reading of it",
}


def run(context: Context) -> Section:
    """Each scheme in both layers: what B and C read, in figures and in letters."""
    found = [_exchange(context, model, layer) for model in context.models for layer in LAYERS]
    return Section(
        "integrity",
        "Integrity",
        "Does the message arrive, with whom it should and nobody else?",
        settings={
            "mails": context.sizes.mails,
            "mails_payload": min(PAYLOADS, context.sizes.mails),
            "text": integrity.TEXT,
            "seed": context.seed,
        },
        tables=[_figures(found), _texts(found)],
        claims=[claim for each in found for claim in _claims(each)],
        notes=[
            "Three processes and a real mail server on the loopback: A has Alice and B's public "
            "key (or a key shared with B), B has Bob, the pK generator and the secret key, C has "
            "the same Bob, every mail and no key. Each mail is MIME with the PNG attached.",
            "In the raw layer the text's bytes are the bits of one tile, as in the paper, without "
            "encryption and error correction; at 0.5 bits per pixel the text is repeated to fill "
            "the tile. In the payload layer the mail is made by hide and read by reveal, in images "
            "of 2 x 2 tiles; those that hide refuses are passed over.",
            "That C reads the asymmetric scheme's raw bits with the public key in Bob's mask's "
            "place is outside of the paper's experiment: his Bob has been changed. It is why hide "
            "--to encrypts the message besides.",
        ],
    )


def _exchange(context: Context, model: Model, layer: str) -> Exchange:
    tiles, count = context.covers.of(model.agents.channels).test, context.sizes.mails
    covers = list(tiles[:count]) if layer == RAW else mosaics(tiles)[: 2 * PAYLOADS]
    key: dict[str, Any] = {
        "what": "e-mail run",
        "model": Net(model).identity,
        "layer": layer,
        "covers": digest_of(covers),
        "count": count,
        "text": integrity.TEXT,
        "seed": context.seed,
    }

    def make() -> Exchange:
        if layer == RAW:
            return integrity.run(model, covers, None, layer, context.seed, TIMEOUT)
        chosen = carrying(model, covers, min(PAYLOADS, count))
        return integrity.run(model, chosen, integrity.TEXT, layer, context.seed, TIMEOUT)

    return context.cache.get(key, make)


def mosaics(tiles: Tiles) -> list[Tiles]:
    """Covers of 2 x 2 tiles: with its tag, the text needs more than one of some schemes.

    tiles: uint8 [tiles, H, W, C], used again where there are fewer than four.
    """
    fours = [
        [tiles[(start + step) % len(tiles)] for step in range(4)]
        for start in range(0, len(tiles), 4)
    ]
    return [
        np.concatenate([np.concatenate([a, b]), np.concatenate([c, d])], axis=1)
        for a, b, c, d in fours
    ]


def carrying(model: Model, covers: Sequence[Tiles], count: int) -> list[Tiles]:
    """The first ``count`` covers that hide takes; ValueError if it refuses all.

    hide writes no image that it cannot read back, and refuses, say, what is nearly black.
    """
    asymmetric = model.agents.asymmetric
    given: dict[str, Any] = {"to": new_pair(model)[1]} if asymmetric else {"passphrase": "any"}
    found: list[Tiles] = []
    for cover in covers:
        if len(found) == count:
            break
        image = Image.fromarray(cover[..., 0] if cover.shape[-1] == 1 else cover)
        with suppress(DoesNotFit):
            hide(image, integrity.TEXT.encode(), model=str(model.folder), **given)
            found.append(cover)
    if not found:
        raise ValueError(f"{model.name} can hide the text in none of {len(covers)} covers")
    return found


def _figures(found: list[Exchange]) -> Table:
    columns = [
        Column("model", "Scheme"),
        Column("layer", "Layer"),
        Column("reader", "Who reads"),
        Column("mails", "Mails", digits=0),
        Column("bits_right", "Bits right", "%", 3),
        Column("mails_exact", "Mails without an error", "%"),
    ]
    rows: list[dict[str, Value]] = [
        {
            "model": each.model,
            "layer": each.layer,
            "reader": READERS[name],
            "mails": each.mails,
            "bits_right": reading.bits_right,
            "mails_exact": reading.mails_exact,
        }
        for each in found
        for name, reading in _readings(each)
    ]
    title = "What comes out of the mails"
    note = "The payload layer gives all bytes or none, so that it has no share of bits."
    return Table("integrity", title, columns, rows, WHERE, note)


def _texts(found: list[Exchange]) -> Table:
    columns = [
        Column("model", "Scheme"),
        Column("layer", "Layer"),
        Column("reader", "Who"),
        Column("text", "The first mail"),
    ]
    rows: list[dict[str, Value]] = []
    for each in found:
        own: dict[str, Value] = {"model": each.model, "layer": each.layer}
        rows.append({**own, "reader": "A sends", "text": shown(each.text)})
        rows += [
            {**own, "reader": READERS[name], "text": shown(reading.text)}
            for name, reading in _readings(each)
        ]
    title = f"The same in letters, the first {SHOWN} of each"
    return Table("integrity-texts", title, columns, rows, WHERE, "� is what stands for no letter.")


def _readings(exchange: Exchange) -> list[tuple[str, Reading]]:
    found = [(name, getattr(exchange, name)) for name in READERS]
    return [(name, reading) for name, reading in found if reading is not None]


def shown(text: str | None) -> str:
    """The beginning of a reading, with a sign for each letter that cannot be printed."""
    if text is None:
        return "(nothing found)"
    return "".join(each if each.isprintable() else "�" for each in text[:SHOWN])


def _claims(exchange: Exchange) -> list[Claim]:
    if exchange.layer != RAW:
        b, c = exchange.b.mails_exact, exchange.c.mails_exact
        name = f"{exchange.model}, payload layer"
        return [
            Claim(f"{name}: mails that B reads exactly", WHERE, "not measured", b, (1.0, 1.0)),
            Claim(f"{name}: mails that C reads", WHERE, "not measured", c, (0.0, 0.0)),
        ]
    claims = []
    for reader, reading, paper, goal in (
        ("B reads", exchange.b, "99.8 %", ARRIVES),
        ("C reads", exchange.c, "50.71 %", NOTHING),
    ):
        if reading.bits_right is not None:
            what = f"{exchange.model}: {reader}"
            claims.append(Claim(what, WHERE, paper, reading.bits_right, goal))
    return claims
