"""Run ``python -m keystego_tf`` as the command ``keystego-tf``."""

from .cli import main

main(prog_name="keystego-tf")
