"""`python -m consulta` is `consulta`."""

from consulta.cli import main

if __name__ == "__main__":
    main()
