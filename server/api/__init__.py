"""JSON over HTTP for programs, and its description. The same services as the screens, nothing more."""
