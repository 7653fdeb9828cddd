"""Sources of standard particles: beams, showers and cosmic rays."""
