"""Detect whether an image holds a message: the tools of an attacker.

- Estimators of an embedding rate, without training: ``primary_sets``, ``chi_square``,
  ``sample_pairs``, ``rs``, and their ``fusion``.
- Trained attackers: ``features`` with ``classifier``, the protocols of ``ats``, and a convolutional
  net (``cnn``).
- ``roc``: what their scores are worth.
"""
