"""What puts bits into an image: nets, and syndrome coding."""
