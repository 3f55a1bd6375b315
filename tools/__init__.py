"""What those who work on consulta run: nothing here is part of the program."""
