"""HTML pages of one file each: nothing in them comes from another address."""
