"""A project whose messages are said in .proto files."""
