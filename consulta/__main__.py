"""`python -m consulta` is `consulta`."""

from consulta.shell.cli import main

if __name__ == "__main__":
    main()
