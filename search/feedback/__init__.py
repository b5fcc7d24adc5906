"""What people say of answers: given, kept in the catalog, and read by those who learn from it."""
