"""Compare the nets with these: classical methods, controls, and the nets themselves.

Each is a frozen dataclass with the interface ``Method`` (method.py). ``table.CLASSICAL`` has the
classical ones by name.
"""
