"""Do recent queries still look like those that the version was measured with?"""
