"""What others have published, in the formats that they use."""
