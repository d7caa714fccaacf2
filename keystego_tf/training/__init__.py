"""Train the agents against Eve: losses, step, loop, checkpoints, distribution."""
