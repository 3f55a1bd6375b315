"""What each organisation's vote did: worked out after the publication, and read by that organisation alone."""
