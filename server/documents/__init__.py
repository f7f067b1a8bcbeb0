"""An address → its statements, its links and the formats on offer. Nothing here reads a request."""
