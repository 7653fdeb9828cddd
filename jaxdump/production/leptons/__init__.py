"""What electrons, positrons and muons make."""
