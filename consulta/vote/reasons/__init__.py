"""Why organisations placed themes, in their own words: written after the vote, and never counted."""
