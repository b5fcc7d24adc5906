"""Pictures from URLs that strangers may name."""
