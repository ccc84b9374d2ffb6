"""Ports: what the use cases need from the outside, as protocols."""
