"""Compare the nets with these: classical methods, controls, and the nets themselves.

Each is a frozen dataclass with the interface ``Method`` (method.py). ``table.open_method`` finds
one by its name.
"""
