"""Models, lights and photographs of the sample catalogue, built with Blender's Python package."""
