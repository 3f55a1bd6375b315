"""What mails say, made when they are sent; and whom an act would write to."""
