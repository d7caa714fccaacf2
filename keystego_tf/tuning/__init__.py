"""Search for a method's settings, such as the weights of its losses (paper, section IV-A).

A search is many short trainings. ``trials`` says what one is, ``study`` decides with Optuna what is
tried next, ``results`` writes what came of it.
"""
