"""The edges of the machine: files, processes, hooks, logs, systemd."""
