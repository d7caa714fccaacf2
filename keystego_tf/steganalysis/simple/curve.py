"""Is a string of 32 bytes an X25519 public key in the open?

A genuine ephemeral key is the u coordinate of a point of Curve25519's subgroup of prime order, and
its upper bit is clear. One in 32 random strings is the same.

Source: Bernstein, Hamburg, Krasnova and Lange, "Elligator: elliptic-curve points indistinguishable
from uniform random strings", ACM CCS, 2013, section 1; formulas of RFC 7748.
"""

from __future__ import annotations

_PRIME = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_A = 486662


def score(content: bytes) -> float:
    """How much speaks for a key, from 0 to 3: what the upper bit, the curve and the subgroup say.

    A value below the field's prime scores 1, one more if it is a point of the curve and not of its
    twist, and one more if the point is of the subgroup of prime order.

    Args:
        content: 32 bytes, little-endian.

    Raises:
        ValueError: the length is another.
    """
    if len(content) != 32:
        raise ValueError(f"{len(content)} bytes are given, but must be 32")
    u = int.from_bytes(content, "little")
    if u >= _PRIME:
        return 0.0
    if pow(u**3 + _A * u**2 + u, (_PRIME - 1) // 2, _PRIME) not in (0, 1):
        return 1.0
    return 3.0 if _multiplied_is_zero(_ORDER, u) else 2.0


def _multiplied_is_zero(scalar: int, u: int) -> bool:
    """Tell whether the ladder of RFC 7748, section 5, ends at the point at infinity."""
    x2, z2, x3, z3 = 1, 0, u, 1
    for bit in bin(scalar)[2:]:
        if bit == "1":
            x2, z2, x3, z3 = x3, z3, x2, z2
        plus, minus = (x2 + z2) ** 2 % _PRIME, (x2 - z2) ** 2 % _PRIME
        both = plus - minus
        one, other = (x3 - z3) * (x2 + z2) % _PRIME, (x3 + z3) * (x2 - z2) % _PRIME
        x3, z3 = (one + other) ** 2 % _PRIME, u * (one - other) ** 2 % _PRIME
        x2, z2 = plus * minus % _PRIME, both * (plus + (_A - 2) // 4 * both) % _PRIME
        if bit == "1":
            x2, z2, x3, z3 = x3, z3, x2, z2
    return z2 == 0
