"""Puts this folder on the path, so that tests of any part find `support`."""
