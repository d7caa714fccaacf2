"""Search for a method's settings, such as the weights of its losses (paper, section IV-A).

A search is many short trainings. ``trials`` defines one, ``study`` uses Optuna to choose the next,
``results`` writes the results.
"""
