"""The listening side: which connections there is room for, and which requests are whole enough to be asked about."""
