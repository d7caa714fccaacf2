"""``python -m keystego_tf`` is the command ``keystego-tf``."""

from .cli import main

main(prog_name="keystego-tf")
