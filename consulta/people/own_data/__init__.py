"""Members see and correct the data of their own organisation, by a personal link."""
