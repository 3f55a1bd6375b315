"""Whether what is stored holds together, and what scrutineers see."""
