"""What a trained scheme is worth, measured on the real artefact."""
