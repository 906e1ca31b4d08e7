"""An audit: rules about who may call whom, checked on every trace (docs/audit.md).

Tracing for security is one of the uses that Sigelman et al. report of Dapper (2010): its traces
showed whether policies, such as which systems may talk to which, were kept to.
"""
