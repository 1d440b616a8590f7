"""Tests of what becomes of a body."""
