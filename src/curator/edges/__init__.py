"""What may be swapped: the HTTP client, the reader processes, the mailer, the translators."""
