"""What puts bits into an image."""
