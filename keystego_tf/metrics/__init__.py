"""What is measured of images and bits."""
