"""The laboratory: samples what is stored, again and again, and says how far each sample is from the
truth.

`population` is what is sampled, a `Plan` says how, `trials` draws by it many times over, and
`report` puts into numbers what came of it.
"""
