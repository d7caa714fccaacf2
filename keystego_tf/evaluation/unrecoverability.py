"""Can the message be read without the key? (paper, section V, Table III, and what it left out)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from functools import cache
from typing import Any, Callable, NamedTuple, TypeVar

from .. import key_attacks
from ..baselines.nets import Net
from ..bundles.bundles import load_bundle
from ..bundles.catalogue import Model
from ..bundles.runner import lite_runner
from ..key_attacks import FLIPS, KNOWN, AttackConfig, Inversion, Reuse, knowledge
from ..key_attacks.user_key import one_bit_off
from ..metrics.agents import Pixels
from ..metrics.figures import Figures, measure
from ..metrics.statistics import Estimate
from .context import Context
from .results import SILENT, Claim, Column, Plot, Section, Series, Table, Value

T = TypeVar("T")

WHERE, PAPER = "Table III", "50.71 %"

#: Share of the bits that a decoder with a key must read, for one without a key to mean anything.
LEARNED = 0.75

#: Shares of bits that hold the claim: a random guess in the paper's sense, and the result that a
#: key derivation must give.
CHANCE, CLOSE = (0.49, 0.51), (0.495, 0.505)

NOTES = [
    "What is attacked are the nets' raw bits. What hide writes is encrypted besides, so these "
    "figures say what the nets' key is worth and not whether a hidden message can be read.",
    "The key's effect is local: one wrong bit of the nets' own key spoils a handful of message "
    "bits. A user's key goes through a key derivation first; then one wrong bit of it makes "
    "another key altogether.",
    "A wrong key reads 50 % of any scheme with an XOR outside keyless nets, too. So the figure "
    "counts only beside the trained decoder without a key and the curve of flipped bits.",
    "In the asymmetric scheme Alice and the public key are public. Whoever trains a decoder on "
    "pairs that he makes himself reads the messages without the secret key: the scheme meets the "
    "paper's claim, which is about the given Bob, and is no public-key encryption.",
    "A decoder that learns next to nothing may have been trained too little. Beside each keyless "
    f"one stands one that is given a key: unless that reads {100 * LEARNED:g} %, nothing is "
    "claimed.",
]

#: Bob's key, by the figure's name.
KEYS = {
    "right_key": "the right key",
    "wrong_key": "a wrong key",
    "inverted_key": "the inverted key (0 %: all bits turned)",
    "one_bit_changed": "the nets' key, one bit wrong",
    "public_key_alone": "the public key for the secret one",
    "key file": "the user's key file, one bit wrong",
    "passphrase": "the user's passphrase, one bit wrong",
    "under_public_key": "the public key as his mask",
}

#: In place of a figure from decoders that were trained too little.
POWERLESS = Estimate(math.nan, math.nan, math.nan, 0)

#: What the decoders behind claims know, in words, and what to expect.
DECODERS = {
    "nothing": ("no key", "50 % where the key protects it"),
    "public key": ("the public key", "100 %: what Alice does can be learned"),
}

#: Tables: title and note.
TABLES = {
    "keys": ("Message bits that Bob reads, by what he is given", "50 % is chance."),
    "decoders": (
        "Message bits that decoders read which attackers train from scratch",
        "Trained on stego images of the attackers' own photos, messages and keys; read are stego "
        "images under keys that they do not know. Several attackers are trained for the figure "
        "that decides: in the symmetric scheme that without a key, in the asymmetric one that with "
        "the public key. The others are one attacker each.",
    ),
    "known-plaintext": (
        "Message bits that follow from known ones",
        "A key is for one image. At 0.5 bits per pixel one key bit masks eight message bits.",
    ),
}


class Attacked(NamedTuple):
    """Results of all attacks on one model; ``decoders`` by what they know."""

    model: Model
    keys: Figures
    flipped: dict[int, Estimate]
    reuse: Reuse
    inversion: dict[str, Inversion]
    decoders: dict[str, Estimate]


def run(context: Context) -> Section:
    """Run every attack on every model: tables by kind of attack, the curve of flipped key bits."""
    tasks = [(model, knows) for model in context.models for knows in knowledge(model.agents)]
    trained = iter(context.each(_decoders, tasks, "decoders without the secret key"))
    attacked = context.each(_attack, context.models, "attacks on the key")
    for own in attacked:
        own.decoders.update((knows, next(trained)) for knows in knowledge(own.model.agents))
    tables = [_table(name, attacked) for name in TABLES]
    if any(each.inversion for each in attacked):
        tables.append(_inversions(attacked))
    settings = {"images": context.sizes.recovery_images, "seed": context.seed}
    settings.update(dataclasses.asdict(_options(context)))
    claims = [claim for each in attacked for claim in _claims(each)]
    plots = [_curve(attacked)]
    return Section(settings=settings, tables=tables, plots=plots, claims=claims, notes=NOTES)


def _options(context: Context) -> AttackConfig:
    sizes = vars(context.sizes)
    own = {name: sizes[f"attack_{name}"] for name in ("steps", "side", "batch")}
    names = ("attackers", "key_pairs", "inversion_steps", "test_keys")
    return AttackConfig(**own, **{name: sizes[name] for name in names})


def _attack(context: Context, model: Model) -> Attacked:
    """Attack one model, but for the decoders; take each attack from the cache where it is there."""
    scheme, seed, quiet = model.agents, context.seed, context.quiet
    covers, options = context.covers.of(scheme.channels), _options(context)
    tiles = covers.test[: context.sizes.recovery_images]
    agents = cache(lambda: load_bundle(model.folder)[0])

    def kept(attack: Callable[..., T], *how: Any) -> T:
        """Run an attack on agents and scheme; ``how``: its arguments beside the covers."""
        own = (scheme, tiles, *how, seed, quiet)
        parts = (Net(model), tiles, covers.train, how)
        return context.kept(attack.__name__, lambda: attack(agents(), *own), *parts)

    def user_keys(*_: Any) -> Figures:
        kinds = one_bit_off(lite_runner(model), tiles, seed, quiet=quiet)
        return {kind: own.one_bit_off for kind, own in kinds.items()}

    most = math.prod(scheme.key_shape(*tiles.shape[1:3]))
    flips = tuple(count for count in FLIPS if count <= most)
    known = tuple(count for count in KNOWN if count < len(tiles))
    return Attacked(
        model,
        {**kept(_bobs_keys), **kept(user_keys)},
        kept(key_attacks.flipped_bits, flips),
        kept(key_attacks.known_plaintext, known),
        kept(key_attacks.invert, options) if scheme.asymmetric else {},
        {},
    )


def _decoders(context: Context, task: tuple[Model, str]) -> Estimate:
    """Train decoders that know something against a model."""
    (model, knows), options = task, _options(context)
    covers = context.covers.of(model.agents.channels)
    tiles = covers.test[: context.sizes.recovery_images]
    if knows != knowledge(model.agents)[model.agents.asymmetric]:
        options = dataclasses.replace(options, attackers=1)  # enough for comparison

    def make() -> Estimate:
        how = list(covers.train), tiles, knows, options, context.seed, context.quiet
        return key_attacks.train_decoders(load_bundle(model.folder)[0], model.config, *how)

    return context.kept("train_decoders", make, Net(model), tiles, covers.train, knows, options)


def _bobs_keys(agents: Any, scheme: Any, tiles: Pixels, seed: int, quiet: bool) -> Figures:
    figures = measure(agents, scheme, tiles, seed=seed)[0]
    public = key_attacks.under_public_key(agents, scheme, tiles, seed)
    return figures if public is None else {**figures, "under_public_key": public}


def _figures(own: Attacked) -> dict[str, Figures]:
    """Return the figures of a model for each of TABLES, by the headings of the columns."""
    known = {f"{n} other messages under the same key": e for n, e in own.reuse.images.items()}
    if own.reuse.inside_one_image is not None:
        known["of the same image, one bit for each key bit"] = own.reuse.inside_one_image
    keys = {text: own.keys[name] for name, text in KEYS.items() if name in own.keys}
    decoders = {f"also gets {knows}": read for knows, read in own.decoders.items()}
    return {"keys": keys, "decoders": decoders, "known-plaintext": known}


def _table(name: str, attacked: Sequence[Attacked]) -> Table:
    """Make a row for each model; a cell stays empty where a model has no figure."""
    title, note = TABLES[name]
    figures = {own.model.name: _figures(own)[name] for own in attacked}
    whats = dict.fromkeys(what for own in figures.values() for what in own)
    columns = [Column("model", "Model"), *(Column(what, what, "%") for what in whats)]
    rows: list[dict[str, Value]] = [{"model": model, **own} for model, own in figures.items()]
    return Table(name, title, columns, rows, WHERE, note)


def _inversions(attacked: Sequence[Attacked]) -> Table:
    heads = {
        "key_bits_right": "Bits of the secret key",
        "public_bits_met": "Bits of the public key met",
        "message_bits_right": "Message bits that Bob then reads",
    }
    columns = [Column("model", "Model"), Column("how", "Guessed by")]
    columns += [Column(name, title, "%") for name, title in heads.items()]
    rows: list[dict[str, Value]] = [
        {"model": own.model.name, "how": how, **vars(inversion)}
        for own in attacked
        for how, inversion in own.inversion.items()
    ]
    title = "Secret keys guessed from public ones, and what they are worth"
    return Table("inversion", title, columns, rows, WHERE)


def _curve(attacked: Sequence[Attacked]) -> Plot:
    series = [Series.of_shares(own.model.name, own.flipped) for own in attacked]
    pad = [100 * (1 - count / (2 * FLIPS[-1])) for count in FLIPS]
    series.append(Series("a one-time pad of 1,024 bits", [float(count) for count in FLIPS], pad))
    title = "Message bits that Bob reads when some bits of the nets' key are wrong"
    labels = ("wrong bits of the nets' key, of 1,024", "message bits right, %")
    note = (
        "In the asymmetric scheme a flipped bit of the secret key turns several bits of the public "
        "key over, or none."
    )
    return Plot("flipped-bits", title, *labels, series, "line", "log", WHERE, note)


def _claims(own: Attacked) -> list[Claim]:
    model, keys = own.model, own.keys
    rate = model.agents.bits_per_pixel
    text, least = ("100 %", 0.999) if rate < 0.1 else ("more than 99 %", 0.99)
    right = f"the right key reads, {rate:g} bpp"
    near, tells = "near 100 %", "50 %: 0 % would tell as much as 100 %"
    given: list[Any] = [
        (right, "Fig. 4", text, keys["right_key"], (least, 1.0), "%", near),
        ("a wrong key reads", WHERE, PAPER, keys["wrong_key"], CHANCE, "%", tells),
    ]
    for knows, (who, why) in DECODERS.items():
        if knows in own.decoders:
            what, ours = f"a decoder trained with {who}", own.decoders[knows]
            others = [each for other, each in own.decoders.items() if other != knows]
            if knows == "nothing" and not any(each.low > LEARNED for each in others):
                ours, why = POWERLESS, "no power: a decoder with the key reads no more"
            given.append((what, WHERE, SILENT, ours, CHANCE, "%", why))
    what, why = "the user's key, one bit off, reads", "50 %: another key is derived"
    given.append((what, WHERE, SILENT, keys["key file"], CLOSE, "%", why))
    return [Claim(*(model.name, *each, model.config.method)) for each in given]
