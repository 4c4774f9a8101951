"""Frozen values and pure functions: no clock, no ids made, no input or output."""
