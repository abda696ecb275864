"""Where people meet the house: command line, service loop, messages. Only faces read the clock."""
