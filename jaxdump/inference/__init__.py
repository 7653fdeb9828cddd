"""Inference: likelihoods, limits, contours and fits, from signals and counts."""
