"""Curve25519 by plain integers, x coordinates alone: for tests and measurements, never for secrets.

The ladder is that of RFC 7748, section 5, without clamping.
"""

from __future__ import annotations

PRIME, A = 2**255 - 19, 486662
#: The order of the subgroup that X25519 makes keys of.
ORDER = 2**252 + 27742317777372353535851937790883648493


def multiplied(scalar: int, u: int) -> tuple[int, int]:
    """The point of a multiple, as X and Z; Z is 0 for the neutral element."""
    x2, z2, x3, z3 = 1, 0, u % PRIME, 1
    for at in range(scalar.bit_length() - 1, -1, -1):
        bit = scalar >> at & 1
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % PRIME, u * (da - cb) ** 2 % PRIME
        x2, z2 = aa * bb % PRIME, e * (aa + 121665 * e) % PRIME
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return x2, z2


def affine(point: tuple[int, int]) -> int:
    """The x coordinate; 0 for the neutral element, as in RFC 7748."""
    return point[0] * pow(point[1], PRIME - 2, PRIME) % PRIME


def is_on_curve(u: int) -> bool:
    """Whether u is an x coordinate of the curve, and not of its twist."""
    return pow(u**3 + A * u * u + u, (PRIME - 1) // 2, PRIME) in (0, 1)


def low_order(u: int) -> int:
    """The order of a point's low-order component: 1, 2, 4 or 8."""
    x, z = multiplied(ORDER, u)
    for order in (1, 2, 4):
        if z == 0:
            return order
        x, z = multiplied(2, affine((x, z))) if x else (1, 0)  # (0, 0) is of order 2
    return 8


def elligator(opening: bytes) -> int:
    """The x coordinate that 32 bytes stand for (docs/format.md, section 3)."""
    r = int.from_bytes(opening, "little") % 2**254
    u = -A * pow(1 + 2 * r * r, PRIME - 2, PRIME) % PRIME
    return u if is_on_curve(u) else (-A - u) % PRIME
