"""The jobs and kinds of approval that this app brings."""
