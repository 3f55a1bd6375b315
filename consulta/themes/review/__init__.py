"""The secretariat's review of the themes that members propose, and what of them goes on the ballot."""
