"""Tests of consulta.retention."""
