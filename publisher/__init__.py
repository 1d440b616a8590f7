"""Publisher: a folder of posts becomes valid feeds and a newsletter."""

__version__ = "0.1.0"
