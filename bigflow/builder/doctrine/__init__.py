"""What the doctrine of artifacts is told of a project, and what is done about what it finds."""
