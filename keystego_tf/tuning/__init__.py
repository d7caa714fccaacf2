"""Search for the weights of the losses (paper, section IV-A): many short trainings.

``study`` decides what is tried next and keeps what was found, ``trials`` tries, ``results`` sets it
down, ``plot`` draws it.
"""
