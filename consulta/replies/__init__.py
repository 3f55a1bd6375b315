"""The pages behind the links of notices, by which their readers answer a question."""
