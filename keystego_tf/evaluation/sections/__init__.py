"""The sections of an evaluation: each module has ``run(context) -> Section``.

``keystego_tf.evaluation.suite`` knows them by name, and what a context is.
"""
