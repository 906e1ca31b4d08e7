"""Rules and policies of sampling as forms, and what the forms hold as rules and policies."""
