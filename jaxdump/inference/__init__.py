"""From signals and counts to likelihoods, limits, contours and fits."""
