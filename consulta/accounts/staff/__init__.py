"""Accounts of staff: invited, changed, ended; and what a person does with the own one."""
