"""Detect whether an image holds a message: the tools of an attacker.

- ``estimators`` of the rate of LSB replacement, without training, and their fusion.
- Trained attackers: ``features`` with ``classifier``, the protocols of ``ats``, and a convolutional
  net (``cnn``).
- ``roc``: what their scores are worth.
"""
