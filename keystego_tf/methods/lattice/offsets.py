"""The key as the lattices' phases: an offset for every filter of every block.

The offsets are bytes of ChaCha20 key streams, one per block of 8 x 8 pixels. So each offset depends
on the whole key, and changing one bit of the key gives other offsets. In the blocks of a whole
image, they are bytes of the payload layer's key schedule instead (``embedders.blocks``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: "expand 32-byte k", the constant of RFC 8439.
CONSTANT = np.frombuffer(b"expand 32-byte k", "<i4")
#: Number of words in a key.
KEY_WORDS = 8
#: Nonces (three words each) of the two uses.
FOLD, OFFSETS = (0x646C6F66, 0, 0), (0x7366666F, 0, 0)


def key_turns(key: Any, filters: int) -> Any:
    """Compute the offsets of a key map in TensorFlow's int32, whose sums and products wrap.

    The bits are cut into keys of 256 bits. The first halves of their ChaCha20 blocks, numbered by
    the counter, are XORed into one key. The blocks of this key are the offsets. TFLite has every
    operation that is used here, but no logical shift.

    Args:
        key: [batch, H/4, W/4, 1] float32, each -1 or +1.

    Returns:
        [batch, H/8, W/8, filters] float32 in [0, 1).
    """
    from ...backend import tf

    shape = tf.shape(key)
    batch, rows, columns = shape[0], shape[1] // 2, shape[2] // 2
    bits = tf.cast(tf.reshape(key, [batch, -1]) > 0, tf.int32)
    bits = tf.pad(bits, [[0, 0], [0, -tf.shape(bits)[1] % (32 * KEY_WORDS)]])
    places = np.array([1 << place for place in range(31)] + [-(1 << 31)], np.int32)
    words = tf.reduce_sum(tf.reshape(bits, [batch, -1, KEY_WORDS, 32]) * places, -1)
    folded = _blocks(words, FOLD)[..., :KEY_WORDS]  # [batch, chunks, 8]
    root = _xor_over_chunks(folded)
    count = rows * columns
    streams = _blocks(tf.tile(root[:, tf.newaxis], [1, count, 1]), OFFSETS)  # [batch, blocks, 16]
    low_bytes = [_shift(streams, 8 * place) for place in range(4)]
    ordered = tf.reshape(tf.stack(low_bytes, -1), [batch, rows, columns, 64])
    # the low byte of a word: what remains after removing whole multiples of 256
    low = ordered - _shift(ordered, 8) * 256
    return tf.cast(low[..., :filters], tf.float32) / 256.0


def random_turns(covers: Any, filters: int, seed: Any) -> Any:
    """Draw offsets like those of random keys; real keys would take a tenth of a training step.

    ``covers``: [batch, H, W, any]; ``seed``: [2] int32. Returns what ``key_turns`` does.
    """
    from ...backend import tf

    shape = tf.shape(covers)
    shape = [shape[0], shape[1] // 8, shape[2] // 8, filters]
    return tf.floor(256.0 * tf.random.stateless_uniform(shape, seed)) / 256.0


def _xor_over_chunks(words: Any) -> Any:
    """XOR [batch, chunks, 8] to [batch, 8]."""
    from ...backend import tf

    return tf.while_loop(
        lambda place, _: place < tf.shape(words)[1],
        lambda place, sum: (place + 1, tf.bitwise.bitwise_xor(sum, words[:, place])),
        (tf.constant(1), words[:, 0]),
    )[1]


def _blocks(keys: Any, nonce: tuple[int, int, int]) -> Any:
    """Compute ChaCha20 blocks (RFC 8439, section 2.3), counted by a key's number along axis 1.

    ``keys``: [batch, count, 8] int32. Returns [batch, count, 16] int32.
    """
    from ...backend import tf

    shape = tf.shape(keys)
    like = tf.ones([shape[0], shape[1], 1], tf.int32)
    counter = like * tf.range(shape[1])[tf.newaxis, :, tf.newaxis]
    state = tf.concat(
        [like * tf.constant(CONSTANT), keys, counter, like * tf.constant(nonce, tf.int32)], -1
    )
    rows = tuple(tf.split(state, 4, -1))
    mixed = tf.while_loop(
        lambda place, *_: place < 10,
        lambda place, *rows: (place + 1, *_double_round(*rows)),
        (tf.constant(0), *rows),
    )[1:]
    return tf.concat(mixed, -1) + state


def _double_round(a: Any, b: Any, c: Any, d: Any) -> tuple[Any, ...]:
    """Do a column round and a diagonal round on rows of four words, [batch, count, 4] each."""
    a, b, c, d = _quarter_rounds(a, b, c, d)
    a, b, c, d = _quarter_rounds(a, _turned(b, 1), _turned(c, 2), _turned(d, 3))
    return a, _turned(b, 3), _turned(c, 2), _turned(d, 1)


def _quarter_rounds(a: Any, b: Any, c: Any, d: Any) -> tuple[Any, ...]:
    from ...backend import tf

    xor = tf.bitwise.bitwise_xor
    for first, second in ((16, 12), (8, 7)):
        a += b
        d = _rotated(xor(d, a), first)
        c += d
        b = _rotated(xor(b, c), second)
    return a, b, c, d


def _turned(row: Any, by: int) -> Any:
    from ...backend import tf

    return tf.concat([row[..., by:], row[..., :by]], -1)


def _rotated(words: Any, left: int) -> Any:
    return words * (1 << left) + _shift(words, 32 - left)


def _shift(words: Any, right: int) -> Any:
    """Shift right logically, by the arithmetic shift, which fills with copies of the sign."""
    from ...backend import tf

    if right == 0:
        return words
    sign = tf.bitwise.right_shift(words, tf.constant(31))  # 0 or -1
    filled = np.int64(1) << (32 - right)
    wrapped = int(filled - (1 << 32) if filled >= 1 << 31 else filled)
    return tf.bitwise.right_shift(words, tf.constant(right)) - sign * wrapped
