"""Syndrome coding: bits as syndromes of samples or coefficients, embedded at the least cost."""
