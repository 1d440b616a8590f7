"""How people come and go: forms, imports, requests, preferences."""
