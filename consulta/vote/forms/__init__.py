"""What a ballot's pages carry."""
