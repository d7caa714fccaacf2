"""Detect whether an image holds a message: the tools of an attacker.

- ``estimators`` estimate the rate of LSB replacement without training, and fuse their results.
- Trained attackers: ``features`` with ``classifier``, the protocols of ``ats``, and a convolutional
  net (``cnn``).
- ``roc`` says what their scores are worth.
"""
