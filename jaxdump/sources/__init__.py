"""What hits the target."""
