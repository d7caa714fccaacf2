"""Tools of an attacker who asks whether an image holds a message.

- Estimators of an embedding rate, without training: ``primary_sets``, ``chi_square``,
  ``sample_pairs``, ``rs``, and their ``fusion``.
- Trained attackers: ``features`` with ``classifier``, the protocols of ``ats``, and a convolutional
  net (``cnn``).
- ``roc``: what their scores are worth.
"""
