"""Ways to hide that the nets are compared with: classical methods, controls, the nets themselves.

Each is a frozen dataclass that keeps to ``Method`` (method.py); ``table.open_method`` finds one by
its name.
"""
