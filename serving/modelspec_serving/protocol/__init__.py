"""The inference protocols: bytes to rows, outputs to bytes. Knows neither HTTP nor the model."""
