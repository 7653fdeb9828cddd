"""Mathematics without physics, and how programs are compiled and kept."""
