"""What a schema cannot say: rules that compare fields with each other."""
