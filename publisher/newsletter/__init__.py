"""What an issue says: subject, preheader, HTML, text, and the message."""
