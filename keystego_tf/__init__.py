"""Key-dependent image steganography with four neural agents (DeepKeyStego, in TensorFlow)."""

__version__ = "0.1.0"
