"""What people said of answers, as files for training and pipelines, and as counts."""
