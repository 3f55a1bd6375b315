"""The members' list: organisations and contacts, by hand or from files."""
