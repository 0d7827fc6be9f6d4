"""The governor: one limiter a bucket, shared by the steps of a run and by all runs of a user.

A bucket is what a provider counts together: one address of a provider, one key, one model. A call is made so:

    limiter = Limiter.open(key, given=LimitSpec(rpm=60), folder=state / "limits", clock=clock)
    async with limiter.admit(tokens=900, rank=0, waiting=told) as call:   # waits here, in order of rank
        call.waited_s                                                     # how long that took
        ...
        call.settle(tokens=870, headers=response.headers)                 # it was answered
        call.refused(retry_after_s=None, headers=response.headers)        # or it was told to come later
    limiter.close()

A call that ends with neither was cancelled: it gives its slot back. `limiter.next_free()` says when the next
call could go, for a caller that has another model to ask.

- `bucket`: the rules, pure; time is passed in. `lanes`, `told`, `rounds` are their parts
- `headers`: what a response's headers say about limits
- `shared_file`: a bucket's state in a file that any number of processes use at once; `record` is its content
- `limiter`: who waits; `turnstile` is what is done while nobody else has the state
"""

from __future__ import annotations

from goflow.governor.bucket import Bucket
from goflow.governor.call import Call
from goflow.governor.headers import read_limits, retry_after_s
from goflow.governor.limiter import Limiter, PausedTooLong, Waiting
from goflow.governor.limits import BucketKey, LimitSpec, LimitsTold, QuotaTold
from goflow.governor.tickets import Granted, Reason, Refused, Ticket, Wait

__all__ = [
    "Bucket",
    "BucketKey",
    "Call",
    "Granted",
    "LimitSpec",
    "Limiter",
    "LimitsTold",
    "PausedTooLong",
    "QuotaTold",
    "Reason",
    "Refused",
    "Ticket",
    "Wait",
    "Waiting",
    "read_limits",
    "retry_after_s",
]
