"""Tables of what spans apps. Each module holds one subject; this package names them all for Django."""
