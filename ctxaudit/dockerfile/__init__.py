"""What a Dockerfile asks for: text in, values out."""
