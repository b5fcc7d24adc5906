"""One module per kind of product; each builds the meshes of a product from its shape record."""
