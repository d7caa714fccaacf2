"""Does the message arrive, and with whom? The paper's e-mail experiment (section V, Table III).

Three machines are three processes: A has Alice and B's public key (or a key shared with B), B has
Bob and the secret key, C has the same Bob and sees every mail, but has no key and makes some up.
A real SMTP server on the loopback carries MIME mails with the PNG attached.
"""

from __future__ import annotations

import mailbox
import math
import multiprocessing
import smtplib
import socket
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .. import codec
from ..baselines.nets import Net
from ..bundles.catalogue import TILE, Model
from ..bundles.runner import lite_runner
from ..io.extras import extra_package
from ..io.images import Pixels, read_exact
from ..io.pillow import saved, to_pillow
from ..metrics import statistics
from ..payload.code import to_bits
from ..payload.frame import NothingThere
from ..payload.keys import SecretKey, parse
from .context import Context
from .results import Claim, Column, Section, Table, Value

#: 128 characters, 1,024 bits, as many as in the paper's example.
TEXT = (
    "The boat leaves at six from the pier, so bring the blue suitcase, "
    "your brother's coat and both tickets, and don't be late again."
)

#: Letters shown of a reading; mails made by hide; seconds of a run and between two polls.
SHOWN, WHOLE, TIMEOUT, INTERVAL = 60, 5, 900.0, 0.05

LOOPBACK, KEY, PHOTO = "127.0.0.1", "My public key", "A photo"

#: Reader, claim, the paper's figure, the shares of bits that hold it, and what to expect.
READERS = {
    "b": (
        "B: Bob with the key",
        "the receiver, B, with the key reads",
        "99.8 %",
        (0.998, 1.0),
        "near 100 %",
    ),
    "c": (
        "C: the same Bob with a key made up",
        "an eavesdropper, C, with another key reads",
        "50.71 %",
        (0.49, 0.51),
        "50 %",
    ),
}

NOTES = [
    " ".join(__doc__.split("\n")[2:]),
    "A model's mails carry the text as the raw bits of one tile, as in the paper, repeated to fill "
    "it. Mails of hide and reveal are encrypted to B's public key, with all that belongs to them.",
]

COLUMNS = [
    Column("model", "What hides"),
    Column("reader", "Who reads"),
    Column("mails", "Mails", digits=0),
    Column("bits_right", "Bits right", "%", 3),
    Column("mails_exact", "Mails without an error", "%"),
    Column("text", "The first mail begins"),
]

#: What a machine reads from each mail; None where reveal finds nothing.
Read = dict[str, list["bytes | None"]]


@dataclass(frozen=True)
class Orders:
    """A machine's orders. ``model``: None for hide and reveal; ``shared``: the key of A and B, or
    empty if B sends a public one; ``box``: the folder of all mails; ``end``: a time."""

    model: Model | None
    covers: list[Pixels]
    message: bytes
    shared: bytes
    seed: int
    port: int
    box: Path
    end: float

    @property
    def runner(self) -> Any:
        return self.model and lite_runner(self.model)


def run(context: Context) -> Section:
    """Measure what B and C read: the raw bits of each model, and hide and reveal."""
    rows: list[dict[str, Value]] = []
    claims = []
    for model in (*context.models, None):
        name = model.name if model else "hide and reveal"
        covers = context.covers.of(model.agents.channels if model else context.covers.channels)
        images = list(covers.test[: context.sizes.mails if model else WHOLE])
        make = partial(exchange, model, images, context.seed)
        message, read = context.kept("e-mail run", make, model and Net(model), images)
        for reader, contents in read.items():
            who, what, paper, goal, expected = READERS[reader]
            exact = statistics.share(contents.count(message), len(contents))
            rows.append({"model": name, "reader": who, "mails": len(contents)})
            rows[-1].update(mails_exact=exact, text=shown(contents[0]))
            if model is not None:
                correct = np.stack([to_bits(c or b"") == to_bits(message) for c in contents])
                rows[-1]["bits_right"] = ours = statistics.bit_accuracy(correct)
                given = (name, f"by mail, {what}", "Table III", paper, ours, goal, "%", expected)
                claims.append(Claim(*given, model.config.method))
    settings = {"mails": context.sizes.mails, "text": TEXT, "seed": context.seed}
    tables = [Table("integrity", "What comes out of the mails", COLUMNS, rows, "Table III")]
    return Section(settings=settings, tables=tables, claims=claims, notes=NOTES)


def exchange(
    model: Model | None, covers: Sequence[Pixels], seed: int = 0, timeout: float = TIMEOUT
) -> tuple[bytes, Read]:
    """Send a message to B in a mail for each cover; return it, and what ``READERS`` read.

    model: None for hide and reveal; covers: uint8 [height, width, C], one tile each with a model.
    Raises what a machine raises, and TimeoutError after ``timeout`` seconds. No process is left.
    """
    smtp = extra_package("aiosmtpd.controller"), extra_package("aiosmtpd.handlers")
    message, shared = TEXT.encode(), b""
    if model is not None:
        count = math.prod(model.agents.message_shape(TILE, TILE)) // 8
        message = (message * (count // len(message) + 1))[:count]
        if not model.agents.asymmetric:
            shared = _random_key(model, np.random.default_rng([seed, 12]))
    with tempfile.TemporaryDirectory() as folder:
        box = Path(folder) / "mails"
        with socket.create_server((LOOPBACK, 0)) as unused:
            port = unused.getsockname()[1]
        server = smtp[0].Controller(smtp[1].Mailbox(box), hostname=LOOPBACK, port=port)
        server.start()
        common = (message, shared, seed, port, box, time.time() + timeout)
        orders = Orders(model, list(covers), *common)
        try:
            with ProcessPoolExecutor(3, multiprocessing.get_context("spawn")) as machines:
                work = [machines.submit(role, orders) for role in (role_a, role_b, role_c)]
                if wait(work, return_when=FIRST_EXCEPTION).not_done:
                    (box / "stop").touch()  # one failed, and the others wait for its mails
                errors = [error for each in work if (error := each.exception())]
        finally:
            server.stop()
    for error in sorted(errors, key=lambda each: isinstance(each, TimeoutError)):
        raise error
    return message, {**work[1].result(), **work[2].result()}


def role_a(orders: Orders) -> Read:
    """Play Alice: take the shared key or B's public one, and send a stego image for each cover."""
    key = orders.shared or _mails(orders, KEY, 1)[0]
    for number, cover in enumerate(orders.covers):
        if orders.model is None:
            receiver: Any = parse(key.decode())
            file = codec.hide(to_pillow(cover), orders.message, to=receiver).file
        else:
            stego = orders.runner.hide(cover, to_bits(orders.message), to_bits(key))
            file = saved(to_pillow(stego), "PNG")
        _send(orders, f"{PHOTO} {number:04}", file)
    return {}


def role_b(orders: Orders) -> Read:
    """Play Bob: make the key pair, send everybody the public half, and read with the other."""
    key: Any = orders.shared or _random_key(orders.model, np.random.default_rng([orders.seed, 11]))
    public = b""
    if orders.model is None:
        public = key.public.to_text().encode()
    elif not orders.shared:
        public = np.packbits(orders.runner.mask(to_bits(key))).tobytes()
    if public:
        _send(orders, KEY, public)
    files = _mails(orders, PHOTO, len(orders.covers))
    return {"b": [_read(orders, file, key, public) for file in files]}


def role_c(orders: Orders) -> Read:
    """Play the eavesdropper: Bob's nets, the public key, and a made-up secret key for each mail."""
    public = b"" if orders.shared else _mails(orders, KEY, 1)[0]
    rng, files = np.random.default_rng([orders.seed, 13]), _mails(orders, PHOTO, len(orders.covers))
    return {"c": [_read(orders, file, _random_key(orders.model, rng), public) for file in files]}


def _random_key(model: Model | None, rng: np.random.Generator) -> Any:
    """Draw a key map of a model as bytes, or a secret key for reveal."""
    if model is None:
        return SecretKey.generate()
    return rng.bytes(math.prod(model.agents.key_shape(TILE, TILE)) // 8)


def _send(orders: Orders, subject: str, content: bytes) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "me@example.test", "all@example.test", subject
    mail.set_content("See the attachment.\n")
    mail.add_attachment(content, maintype="image", subtype="png", filename="photo.png")
    with smtplib.SMTP(LOOPBACK, orders.port, timeout=30) as smtp:
        smtp.send_message(mail)


def _mails(orders: Orders, subject: str, count: int) -> list[bytes]:
    """Return the attachments of all mails of a subject, by number, as soon as they are there."""
    while time.time() < orders.end and not (orders.box / "stop").exists():
        box, wanted = mailbox.Maildir(orders.box, create=False), {}
        for content in map(box.get_bytes, box.iterkeys()):
            mail = message_from_bytes(content, policy=policy.default)
            if mail["Subject"].startswith(subject):
                wanted[mail["Subject"]] = next(mail.iter_attachments()).get_content()
        if len(wanted) == count:
            return [wanted[each] for each in sorted(wanted)]
        time.sleep(INTERVAL)
    raise TimeoutError(f"the e-mail run took too long: {subject!r} did not come in time")


def _read(orders: Orders, file: bytes, key: Any, public: bytes) -> bytes | None:
    """Return what Bob reads with a secret key; None where reveal finds nothing."""
    if orders.model is None:
        try:
            return codec.reveal(file, key=key)
        except NothingThere:
            return None
    pixels = read_exact(file).rgb_u8[..., : orders.covers[0].shape[-1]]
    bits = orders.runner.read(pixels, to_bits(key), to_bits(public)) > 0.5
    return np.packbits(bits).tobytes()


def shown(content: bytes | None) -> str:
    """Return the beginning of a reading, with a sign for each letter that cannot be printed."""
    text = "(nothing found)" if content is None else content[:SHOWN].decode("ascii", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
