"""Mail over SMTP: the relay, the wire, and the transaction on top."""
