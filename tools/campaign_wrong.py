"""Run part two of the campaign: only the right key reads anything, and nobody learns why."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Callable

import numpy as np
from campaign_covers import random_cover, random_jpeg
from campaign_keys import Keyring, Secret
from campaign_round_trips import KNOWN, MOST_BYTES
from campaign_setting import Setting
from PIL import Image

from keystego_tf.codec import capacity, hide, reveal
from keystego_tf.embedders.syndrome.samples import SampleEmbedder
from keystego_tf.payload.frame import NothingThere
from keystego_tf.payload.keys import SecretKey, SharedKey, load_key

#: Stego images that all attempts share, by kind of key; most have a tile or two, to be quick.
IMAGES = {"shared": 16, "pair": 16, "passphrase": 8}
SIDE = 300

#: Highest number of attempts that cost a scrypt.
PASSPHRASES = 400

#: How an attempt may end, depending on its case: nothing is there; it is refused before it is read
#: (no image, no key, another scheme); or it gives the exact message.
NOTHING, REFUSED, EXACT = "nothing there", "refused", "exact"
WRONG_KEY, NO_KEY = {NOTHING}, {REFUSED}
CHANGED = {NOTHING, REFUSED, EXACT}


@dataclass(frozen=True)
class Hidden:
    """A stego image: its file, what it was hidden with, and its message."""

    file: bytes
    secret: Secret
    message: bytes
    model: str


@dataclass(frozen=True)
class Attempt:
    case: str
    allowed: set[str]
    image: bytes
    given: dict[str, Any]
    message: bytes
    model: str | None = None


def wrong(count: int, setting: Setting) -> dict[str, Any]:
    """Make ``count`` reveals that must fail, or give the exact message after light damage."""
    attempts = _Attempts(_prepare(setting), setting, min(PASSPHRASES, count // 10))
    outcomes: dict[str, Counter[str]] = {}
    failed = []
    for number, attempt in zip(range(count), attempts.draw()):
        found = _outcome(attempt)
        outcomes.setdefault(attempt.case, Counter())[found] += 1
        if found not in attempt.allowed:
            kept = {key: str(value) for key, value in attempt.given.items()}
            failed.append({"number": number, "case": attempt.case, "outcome": found, **kept})
        setting.tick()
    total = sum(outcomes.values(), Counter())
    return {
        "tried": count,
        "outcomes": dict(total),
        "failed": failed,
        "cases": {case: dict(found) for case, found in sorted(outcomes.items())},
    }


def _outcome(attempt: Attempt) -> str:
    try:
        found = reveal(attempt.image, model=attempt.model, **attempt.given)
    except NothingThere:
        return NOTHING
    except ValueError:
        return REFUSED
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return EXACT if found == attempt.message else f"{len(found)} wrong bytes"


def _prepare(setting: Setting) -> list[Hidden]:
    keyring, images = Keyring(setting.folder), []
    for kind, count in IMAGES.items():
        for number in range(count):
            secret = keyring.new_pair() if kind == "pair" else keyring.make(kind, setting.rng)
            name, _ = setting.embedder(secret.scheme)
            side = SIDE if number % 4 == 0 else 255
            _, cover = random_cover(setting.rng, setting.photos, side)
            if name == SampleEmbedder.name and number % 2:
                _, cover = random_jpeg(setting.rng, setting.photos)
            room = min(capacity(cover, name)[0].message or 0, MOST_BYTES)
            message = setting.rng.bytes(int(setting.rng.integers(0, room + 1)))
            stego = hide(cover, message, model=name, **secret.hide)
            images.append(Hidden(stego.file, secret, message, name))
    return images


class _Attempts:
    """Draw attempts, each case as often as its weight says."""

    def __init__(self, images: list[Hidden], setting: Setting, passphrases: int) -> None:
        self.photos, self.rng, self.folder = setting.photos, setting.rng, setting.folder
        self.left = passphrases
        self.with_files = [each for each in images if "key" in each.secret.reveal]
        self.with_phrases = [each for each in images if "passphrase" in each.secret.reveal]
        self.keys = [Path(each.secret.reveal["key"]) for each in self.with_files]
        self.cases: list[tuple[float, Callable[[], Attempt]]] = [
            (0.22, self.random_key),
            (0.22, self.one_bit_off),
            (0.16, self.swapped_key),
            (0.04, self.damaged_key_file),
            (0.02, self.public_key),
            (0.06, self.passphrase),
            (0.08, self.innocent),
            (0.05, self.truncated),
            (0.05, self.flipped_bits),
            (0.04, self.reencoded),
            (0.03, self.cropped),
            (0.03, self.patched),
        ]

    def draw(self) -> Iterator[Attempt]:
        weights = np.array([weight for weight, _ in self.cases])
        while True:
            yield self.cases[self.rng.choice(len(self.cases), p=weights / weights.sum())][1]()

    def _image(self) -> Hidden:
        return self.with_files[self.rng.integers(len(self.with_files))]

    def _named(self, hidden: Hidden) -> str | None:
        """Return the image's own embedder: always where reveal would not find it, or by chance."""
        return hidden.model if hidden.model not in KNOWN or self.rng.random() < 0.3 else None

    def random_key(self) -> Attempt:
        hidden = self._image()
        old = load_key(Path(hidden.secret.reveal["key"]))
        new = SharedKey.generate()
        key = new if isinstance(old, SharedKey) else SecretKey(new.secret)
        given, model = {"key": key}, self._named(hidden)
        return Attempt("random key", WRONG_KEY, hidden.file, given, hidden.message, model)

    def one_bit_off(self) -> Attempt:
        hidden = self._image()
        key = flipped(load_key(Path(hidden.secret.reveal["key"])), int(self.rng.integers(256)))
        given, model = {"key": key}, self._named(hidden)
        return Attempt("key one bit off", WRONG_KEY, hidden.file, given, hidden.message, model)

    def swapped_key(self) -> Attempt:
        hidden = self._image()
        others = [each for each in self.keys if str(each) != hidden.secret.reveal["key"]]
        key = others[self.rng.integers(len(others))]
        return Attempt("another's key file", WRONG_KEY, hidden.file, {"key": key}, hidden.message)

    def damaged_key_file(self) -> Attempt:
        hidden = self._image()
        content = bytearray(Path(hidden.secret.reveal["key"]).read_bytes().strip())
        place = self.rng.integers(len(content))
        # change a letter, because a changed blank could still be a blank
        content[place] = int(
            self.rng.choice([each for each in b"abXY09-_" if each != content[place]])
        )
        path = self.folder / "damaged.key"
        path.write_bytes(bytes(content))
        return Attempt("damaged key file", NO_KEY, hidden.file, {"key": path}, hidden.message)

    def public_key(self) -> Attempt:
        pairs = [each for each in self.with_files if each.secret.kind == "pair"]
        hidden = pairs[self.rng.integers(len(pairs))]
        given = {"key": hidden.secret.hide["to"]}
        return Attempt("public key as key", NO_KEY, hidden.file, given, hidden.message)

    def passphrase(self) -> Attempt:
        if self.left == 0:
            return self.random_key()
        self.left -= 1
        hidden = self.with_phrases[self.rng.integers(len(self.with_phrases))]
        draw = self.rng.random()
        if draw < 0.1:
            given: dict[str, Any] = {"key": SharedKey.generate()}
            case = "shared key for a passphrase's image"
            return Attempt(case, WRONG_KEY, hidden.file, given, hidden.message)
        if draw < 0.3:
            hidden = self._image()
            given = {"passphrase": secrets.token_hex(8)}
            return Attempt("passphrase for a key's image", WRONG_KEY, hidden.file, given, b"")
        given = {"passphrase": self._one_off(hidden.secret.reveal["passphrase"])}
        model = self._named(hidden)
        return Attempt("passphrase one off", WRONG_KEY, hidden.file, given, hidden.message, model)

    def _one_off(self, text: str) -> str:
        """Replace, drop or add one character, or change its case."""
        place = int(self.rng.integers(len(text)))
        middles = [chr(ord(text[place]) + 1), "", text[place] + "x", text[place].swapcase()]
        middle = middles[self.rng.integers(len(middles))]
        return text[:place] + (middle if middle != text[place] else "?") + text[place + 1 :]

    def innocent(self) -> Attempt:
        if self.rng.random() < 0.5:
            _, file = random_jpeg(self.rng, self.photos)
        else:
            file = _png(random_cover(self.rng, self.photos, SIDE, least=32)[1])
        hidden = self._image()
        return Attempt("innocent photo", WRONG_KEY, file, hidden.secret.reveal, b"")

    def _changed(self, case: str, change: Callable[[bytes], bytes]) -> Attempt:
        hidden = self._image()
        image = change(hidden.file)
        given, model = hidden.secret.reveal, self._named(hidden)
        return Attempt(case, CHANGED, image, given, hidden.message, model)

    def truncated(self) -> Attempt:
        return self._changed("truncated", lambda file: file[: self.rng.integers(len(file))])

    def flipped_bits(self) -> Attempt:
        def change(file: bytes) -> bytes:
            content = bytearray(file)
            for place in self.rng.integers(0, len(file), int(self.rng.integers(1, 9))):
                content[place] ^= 1 << int(self.rng.integers(8))
            return bytes(content)

        return self._changed("flipped bits of the file", change)

    def reencoded(self) -> Attempt:
        quality = int(self.rng.integers(30, 101))
        return self._changed("JPEG", lambda f: _saved(_opened(f).convert("RGB"), quality=quality))

    def cropped(self) -> Attempt:
        def change(file: bytes) -> bytes:
            image = _opened(file)
            left, top, right, bottom = self.rng.integers(0, 30, 4)
            return _png(image.crop((left, top, image.width - right, image.height - bottom)))

        return self._changed("cropped", change)

    def patched(self) -> Attempt:
        """Overwrite a block of samples: light damage, which may be corrected."""

        def change(file: bytes) -> bytes:
            pixels = np.array(_opened(file))
            side = int(self.rng.integers(1, 24))
            top, left = (int(self.rng.integers(0, s - side)) for s in pixels.shape[:2])
            pixels[top : top + side, left : left + side] = self.rng.integers(256)
            return _png(Image.fromarray(pixels))

        return self._changed("block overwritten", change)


def flipped(key: SharedKey | SecretKey, bit: int) -> SharedKey | SecretKey:
    """Flip one of a key's 256 bits."""
    name = "secret" if isinstance(key, SharedKey) else "seed"
    number = int.from_bytes(getattr(key, name), "big") ^ 1 << bit
    return replace(key, **{name: number.to_bytes(32, "big")})


def _opened(file: bytes) -> Image.Image:
    return Image.open(BytesIO(file))


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _saved(image: Image.Image, quality: int) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()
