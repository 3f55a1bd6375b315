"""The worker: what is due is done at its hour, without a click, and mail is sent."""
