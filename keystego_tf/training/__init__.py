"""Adversarial training of the agents: losses, step, loop, checkpoints, distribution."""
