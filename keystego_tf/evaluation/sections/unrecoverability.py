"""Can the message be read without the key? (paper, section V, Table III, and what it left out)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...bundles.catalogue import Model
from ...key_attacks import FLIPS, Attack, Flipped, Inversion, Reuse
from ...key_attacks.user_key import UserKeys
from ...metrics.statistics import Estimate
from ..results import Claim, Column, Plot, Section, Series, Table, Value
from ..suite import Context
from .unrecoverability_attacks import Attacks

WHERE, PAPER, SILENT = "Table III", "50.71 % without the secret key", "not measured"
#: Shares of the bits that hold the claim: what the paper calls a random guess, and what a key
#: derivation has to give.
CHANCE, CLOSE = (0.49, 0.51), (0.495, 0.505)


@dataclass(frozen=True)
class Found:
    """What all attacks on one scheme reach; ``decoders`` by what they know."""

    model: Model
    keys: dict[str, Estimate]
    flipped: dict[str, Flipped]
    user: dict[str, UserKeys]
    decoders: dict[str, Attack]
    reuse: Reuse
    inversion: dict[str, Inversion]
    under_public_key: Estimate | None


def run(context: Context) -> Section:
    """Every attack on every scheme: tables by kind of attack, the curve of flipped key bits."""
    found = [_attack(context, model) for model in context.models]
    tables = [_keys(found), _decoders(found), _attackers(found), _reuse(found)]
    if any(each.inversion for each in found):
        tables.append(_inversions(found))
    sizes = context.sizes
    return Section(
        "unrecoverability",
        "Unrecoverability",
        "Can the message be read without the key?",
        settings={
            "images": sizes.recovery_images,
            "attackers": sizes.attackers,
            "attack_steps": sizes.attack_steps,
            "attack_batch": sizes.attack_batch,
            "attack_side": sizes.attack_side,
            "key_pairs": sizes.key_pairs,
            "inversion_steps": sizes.inversion_steps,
            "test_keys": sizes.test_keys,
            "seed": context.seed,
        },
        tables=tables,
        plots=[_curve(found)],
        claims=[claim for each in found for claim in _claims(each)],
        notes=NOTES,
    )


NOTES = [
    "What is attacked are the nets' raw bits. What hide writes is encrypted besides, so these "
    "figures say what the nets' key is worth and not whether a hidden message can be read.",
    "The key's effect is local: one wrong bit of the nets' own key spoils a handful of message "
    "bits. A user's key goes through a key derivation first; then one wrong bit of it makes "
    "another key altogether.",
    "In the asymmetric scheme Alice and the public key are public. Whoever trains a decoder on "
    "pairs that he makes himself reads the messages without the secret key: the scheme meets the "
    "paper's claim, which is about the given Bob, and is no public-key encryption.",
    "A decoder that learns next to nothing may have been trained too little. Beside each keyless "
    "one stands one that is given a key: if that reads the message, the training was long enough.",
]


def _attack(context: Context, model: Model) -> Found:
    attacks = Attacks(context, model)
    return Found(
        model,
        attacks.keys(),
        attacks.flipped(),
        attacks.user_keys(),
        {knows: attacks.decoders(knows) for knows in attacks.knowledge},
        attacks.reuse(),
        attacks.inversion(),
        attacks.under_public_key(),
    )


#: Rows of the table of keys: the figure's name, what Bob is given.
KEYS = {
    "right_key": "the right key",
    "wrong_key": "a wrong key",
    "inverted_key": "the inverted key",
    "one_bit_changed": "the nets' key, one bit of it wrong",
    "public_key_alone": "the public key in place of the secret one",
}


def _keys(found: Sequence[Found]) -> Table:
    rows = [
        {"key": text, **_row(found, lambda f, n=name: f.keys.get(n))} for name, text in KEYS.items()
    ]
    for kind in ("key file", "passphrase"):
        text = f"the user's {kind}, one bit of it wrong"
        rows.append({"key": text, **_row(found, lambda f, k=kind: _off(f, k))})
    text = "the public key in place of his own reading of it"
    rows.append({"key": text, **_row(found, lambda f: f.under_public_key)})
    return Table(
        "keys",
        "Message bits that the given Bob reads",
        [Column("key", "Bob is given"), *_columns(found)],
        [row for row in rows if len(row) > 1],
        WHERE,
        "50 % is chance; 0 % is as telling as 100 %: every bit turned over.",
    )


def _off(found: Found, kind: str) -> Estimate | None:
    return found.user[kind].one_bit_off if kind in found.user else None


def _decoders(found: Sequence[Found]) -> Table:
    names = dict.fromkeys(knows for each in found for knows in each.decoders)
    rows = [
        {"knows": knows, **_row(found, lambda f, k=knows: _bits(f.decoders.get(k)))}
        for knows in names
    ]
    return Table(
        "decoders",
        "Message bits that decoders read which attackers train from scratch",
        [Column("knows", "Beside the stego image it is given"), *_columns(found)],
        rows,
        WHERE,
        "Trained on stego images of the attackers' own photos, messages and keys; read are stego "
        "images under keys that they do not know.",
    )


def _bits(attack: Attack | None) -> Estimate | None:
    return attack.bits_right if attack else None


def _attackers(found: Sequence[Found]) -> Table:
    columns = [
        Column("model", "Scheme"),
        Column("knows", "Given"),
        Column("attacker", "Attacker", digits=0),
        Column("bits_right", "Bits right", "%"),
        Column("loss", "Loss at the end", "nats a bit", 3),
    ]
    rows: list[dict[str, Value]] = [
        {
            "model": each.model.name,
            "knows": knows,
            "attacker": number,
            "bits_right": bits_right,
            "loss": loss,
        }
        for each in found
        for knows, attack in each.decoders.items()
        for number, (bits_right, loss) in enumerate(zip(attack.each, attack.losses), 1)
    ]
    title = "The same, each attacker by himself"
    return Table("attackers", title, columns, rows, WHERE, "A loss of 0.693 is chance.")


def _reuse(found: Sequence[Found]) -> Table:
    names = dict.fromkeys(count for each in found for count in each.reuse.images)
    rows = []
    for count in names:
        text = f"{count} other {'message' if count == '1' else 'messages'} under the same key"
        row = _row(found, lambda f, c=count: _known(f.reuse.images.get(c)))
        rows.append({"knows": text, **row})
    text = "of the same image, one bit for each key bit"
    rows.append({"knows": text, **_row(found, lambda f: _known(f.reuse.inside_one_image))})
    return Table(
        "known-plaintext",
        "Message bits that follow from known ones",
        [Column("knows", "Known"), *_columns(found)],
        [row for row in rows if len(row) > 1],
        WHERE,
        "A key is for one image. At 0.5 bits per pixel one key bit masks eight message bits.",
    )


def _known(known: Any) -> Estimate | None:
    return known.bits_right if known else None


def _inversions(found: Sequence[Found]) -> Table:
    columns = [
        Column("model", "Scheme"),
        Column("how", "Guessed by"),
        Column("key_bits", "Bits of the secret key", "%"),
        Column("public_bits", "Bits of the public key met", "%"),
        Column("message_bits", "Message bits that Bob then reads", "%"),
    ]
    rows: list[dict[str, Value]] = [
        {
            "model": each.model.name,
            "how": how,
            "key_bits": inversion.key_bits_right,
            "public_bits": inversion.public_bits_met,
            "message_bits": inversion.message_bits_right,
        }
        for each in found
        for how, inversion in each.inversion.items()
    ]
    title = "Secret keys guessed from public ones, and what they are worth"
    return Table("inversion", title, columns, rows, WHERE)


def _columns(found: Sequence[Found]) -> list[Column]:
    return [Column(each.model.name, each.model.name, "%") for each in found]


def _row(found: Sequence[Found], figure: Any) -> dict[str, Value]:
    """A figure of each scheme that has it."""
    figures = {each.model.name: figure(each) for each in found}
    return {name: each for name, each in figures.items() if each is not None}


def _curve(found: Sequence[Found]) -> Plot:
    series = []
    for each in found:
        points = list(each.flipped.items())
        series.append(
            Series(
                each.model.name,
                [float(count) for count, _ in points],
                *(
                    [100 * getattr(flipped.bits_right, end) for _, flipped in points]
                    for end in ("value", "low", "high")
                ),
            )
        )
    pad = [100 * (1 - count / (2 * FLIPS[-1])) for count in FLIPS]
    series.append(Series("a one-time pad of 1,024 bits", [float(each) for each in FLIPS], pad))
    return Plot(
        "flipped-bits",
        "Message bits that Bob reads when some bits of the nets' key are wrong",
        "wrong bits of the nets' key, of 1,024",
        "message bits right, %",
        series,
        x_scale="log",
        paper=WHERE,
        note="In the asymmetric scheme a flipped bit of the secret key turns several bits of the "
        "public key over, or none.",
    )


def _claims(found: Found) -> list[Claim]:
    name, asymmetric = found.model.name, found.model.agents.asymmetric
    claims = [Claim(f"{name}: a wrong key reads", WHERE, PAPER, found.keys["wrong_key"], CHANCE)]
    for knows, attack in found.decoders.items():
        if knows == "nothing" or asymmetric:
            given = "no key" if knows == "nothing" else "the public key"
            what = f"{name}: a decoder trained with {given} reads"
            claims.append(Claim(what, WHERE, SILENT, attack.bits_right, CHANCE))
    off = found.user["key file"].one_bit_off
    claims.append(Claim(f"{name}: the user's key, one bit off, reads", WHERE, SILENT, off, CLOSE))
    return claims
