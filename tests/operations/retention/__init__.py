"""Tests of consulta.operations.retention."""
