"""Questions that a round asks beside its ranking: written, answered, told with their results."""
