"""Files, images and packages: what touches the machine around us."""
