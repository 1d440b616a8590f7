"""The side of the program that readers meet in a browser: thin handlers over the services."""
