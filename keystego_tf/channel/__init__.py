"""What happens to a stego image between Alice and Bob."""
