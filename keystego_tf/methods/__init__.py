"""What hides with nets: one folder a method."""
