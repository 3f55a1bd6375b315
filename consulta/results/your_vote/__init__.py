"""What each organisation's vote did: worked out after publication, and read by that organisation alone."""
