"""Instruction Workbench."""
