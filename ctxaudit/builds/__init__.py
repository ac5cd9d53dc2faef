"""What is built: a context, its Dockerfile, the ignore file that the builder reads."""
