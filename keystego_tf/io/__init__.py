"""Files, images and packages: everything that touches the machine around us."""
