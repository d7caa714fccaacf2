"""What happens to a stego image on its way from Alice to Bob.

Each disturbance is a module with both its forms: the differentiable one for training, and the real
one on 8-bit images. ``registry`` collects them and applies the real forms, ``distortions`` the
differentiable ones. ``platforms`` simulates messengers and social networks.
"""
