"""Syndrome-trellis coding: bits as parities of samples, embedded at the least cost."""
