"""The members' way to propose people and institutions for the panel."""
