"""The tests; ``tests/end_to_end`` drives the whole program."""
