"""What all services share."""

GREETING = "hello"
