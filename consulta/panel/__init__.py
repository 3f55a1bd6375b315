"""The panel: nominees, rules, the choice, what people change of it, and invitations."""
