"""Messages: of issues, to one person, to the operator."""
