"""The rules of one bucket: which call may go now, and what its end teaches. Time is passed in, in seconds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from goflow.governor import lanes, rounds
from goflow.governor.limits import NOTHING_GIVEN, NOTHING_TOLD, LimitSpec, LimitsTold
from goflow.governor.state import START, State
from goflow.governor.tickets import Granted, Reason, Refused, Ticket, Wait
from goflow.governor.told import Told

if TYPE_CHECKING:
    from goflow.governor.tickets import Answer

FORGOTTEN_AFTER_S: Final = 3600.0
"""What refusals taught so long ago is learned anew."""

_JITTER_S: Final = 0.05
"""Clocks of processes may differ by so much; a clock that is further behind was set back."""
_LONG_S: Final = 60.0
"""Only a wait that is longer is worth a call that is likely refused."""
_SLACK_S: Final = 1e-6
_STEP_S: Final = 0.15
"""An unknown provider that refuses nothing for so long gets twice as many calls at once."""
_LONGEST_STEP_S: Final = 2.0
_RATIO_WEIGHT: Final = 0.2
_LEAST_RATIO: Final = 0.01
_DELAY_WEIGHT: Final = 0.3


class Bucket:
    """A state under the limits that the user gives; the state may be replaced between any two calls."""

    def __init__(self, given: LimitSpec = NOTHING_GIVEN, state: State | None = None) -> None:
        self.given = given
        self.state = state or State()

    def ask(self, now: float, tokens: float = 0.0) -> Answer:
        """Let a call of about so many tokens go, or say when to ask again."""
        now = self._pass_time(now)
        state, tokens = self.state, self._corrected(tokens)
        if pause := rounds.pause(state, now):
            return Wait(until=pause[0], reason=Reason.PAUSED, look_at=pause[1])
        if state.epoch.refused:
            rounds.resume(state, now)
        if self.given.concurrency is not None and state.counts.in_flight >= self.given.concurrency:
            return Wait(until=None, reason=Reason.CONCURRENCY)
        until, reason, is_learned = self._held_until(now, tokens)
        if until <= now + _SLACK_S:
            until, reason = self._ramped_until(now), Reason.RAMP
            if until <= now:
                return Granted(ticket=self._grant(now, tokens))
        elif is_learned:
            rounds.grow(state, now)
            return Wait(until=until, reason=reason, look_at=min(until, now + rounds.LOOK_AGAIN_S))
        return Wait(until=until, reason=reason)

    def settle(
        self, ticket: Ticket, now: float, tokens_used: float | None = None, told: LimitsTold = NOTHING_TOLD
    ) -> None:
        """Take in that a call was answered."""
        now = self._end(now)
        if tokens_used is not None:
            self._correct(tokens_used - ticket.tokens)
            self._learn_tokens(ticket, tokens_used)
        self._hear(ticket, now, told)
        rounds.count_answer(self.state, now)

    def refuse(
        self,
        ticket: Ticket,
        now: float,
        retry_after_s: float | None = None,
        told: LimitsTold = NOTHING_TOLD,
        *,
        kind: Refused = Refused.RATE,
    ) -> None:
        """Take in that a call was refused: all wait. Where headers tell what ran out, they say enough."""
        now = self._end(now)
        self._correct(-ticket.tokens)
        self._hear(ticket, now, told)
        self._note_delay(now - ticket.granted_at)
        if kind is Refused.QUOTA and retry_after_s is None:
            return
        learns = kind is not Refused.QUOTA and not _is_explained(ticket, told)
        rounds.count_refusal(self.state, ticket.number, now, retry_after_s, learns=learns)

    def cancel(self, ticket: Ticket, now: float) -> None:
        """Give back the slot of a call that nothing came of; the provider may have counted it."""
        self._end(now)

    def probe(self, now: float) -> None:
        """Let one call find out whether a long wait still stands, whatever the provider has said of it."""
        if self.next_free(now) - now > _LONG_S:
            rounds.resume(self.state, now)
            self.state.learned.window = self.state.counts.in_flight + 1.0
            self.state.requests, self.state.tokens = Told(), Told()

    def next_free(self, now: float, tokens: float = 0.0) -> float:
        """Return when a call could go, as far as that is known; `now` if at once, or when another ends."""
        now = self._pass_time(now)
        paused_until, _ = rounds.pause(self.state, now) or (now, now)
        return max(paused_until, self._held_until(now, self._corrected(tokens))[0])

    def _held_until(self, now: float, tokens: float) -> tuple[float, Reason, bool]:
        """Return until when rates and told limits hold a call back, which, and whether it was learned."""
        counts, learned, given = self.state.counts, self.state.learned, self.given
        until, reason, is_learned = self.state.requests.free_at(now, 1.0), Reason.REQUESTS, False
        if given.rpm is not None:
            burst = lanes.burst_of_requests(given.rpm)
            until = max(until, lanes.free_at(counts.requests_used_until_at, 1.0, given.rpm / 60, burst))
        if learned.rate:
            burst = lanes.burst_of_learned(learned.rate)
            free_at = lanes.free_at(learned.used_until_at, 1.0, learned.rate, burst)
            until, is_learned = (free_at, True) if free_at > until else (until, False)
        tokens_at = self.state.tokens.free_at(now, tokens)
        if given.tpm is not None:
            burst = lanes.burst_of_tokens(given.tpm)
            tokens_at = max(
                tokens_at, lanes.free_at(counts.tokens_used_until_at, tokens, given.tpm / 60, burst)
            )
        return (tokens_at, Reason.TOKENS, False) if tokens_at > until else (until, reason, is_learned)

    def _ramped_until(self, now: float) -> float:
        """Return until when too many are in flight; how many may be doubles while none is refused."""
        learned, needed = self.state.learned, self.state.counts.in_flight + 1
        if needed <= learned.window + _SLACK_S:
            return 0.0
        step_s = min(max(_STEP_S, 1.5 * learned.refusal_delay_s), _LONGEST_STEP_S)
        elapsed_s = now - learned.window_full_at
        if learned.window_full_at and elapsed_s <= step_s:
            learned.window *= 2 ** (elapsed_s / step_s)
            learned.learned_at = now
        learned.window_full_at = now
        if needed <= learned.window + _SLACK_S:
            return 0.0
        return now + step_s * math.log2(needed / learned.window)

    def _grant(self, now: float, tokens: float) -> Ticket:
        state, given = self.state, self.given
        counts, learned = state.counts, state.learned
        rounds.count_grant(state, now)
        counts.granted += 1
        counts.granted_tokens += tokens
        counts.granted_at = now
        counts.in_flight += 1
        if learned.rate:
            learned.used_until_at = lanes.use(learned.used_until_at, now, 1.0, learned.rate)
        if given.rpm is not None:
            counts.requests_used_until_at = lanes.use(counts.requests_used_until_at, now, 1.0, given.rpm / 60)
        if given.tpm is not None:
            counts.tokens_used_until_at = lanes.use(counts.tokens_used_until_at, now, tokens, given.tpm / 60)
        state.requests.take(now, 1.0)
        state.tokens.take(now, tokens)
        return Ticket(
            granted_at=now,
            tokens=tokens,
            ratio=learned.token_ratio or 1.0,
            number=counts.granted,
            token_number=counts.granted_tokens,
        )

    def _end(self, now: float) -> float:
        counts = self.state.counts
        counts.in_flight = max(0.0, counts.in_flight - 1)
        return self._pass_time(now)

    def _corrected(self, tokens: float) -> float:
        """Return the tokens that a call will take, as those before it took more or less than was thought."""
        return tokens * (self.state.learned.token_ratio or 1.0)

    def _learn_tokens(self, ticket: Ticket, used: float) -> None:
        if ticket.tokens <= 0:
            return
        learned = self.state.learned
        before = ticket.ratio
        seen = min(max(before * used / ticket.tokens, _LEAST_RATIO), 1 / _LEAST_RATIO)
        known = learned.token_ratio
        learned.token_ratio = known + _RATIO_WEIGHT * (seen - known) if known else seen

    def _correct(self, tokens: float) -> None:
        if self.given.tpm is not None:
            self.state.counts.tokens_used_until_at += tokens / (self.given.tpm / 60)

    def _hear(self, ticket: Ticket, now: float, told: LimitsTold) -> None:
        counts, asked_at, number = self.state.counts, min(now, ticket.granted_at), ticket.number
        if told.requests is not None:
            since = counts.granted - ticket.number
            self.state.requests.hear(told.requests, now, asked_at, since=since, number=number)
        if told.tokens is not None:
            since = counts.granted_tokens - ticket.token_number
            self.state.tokens.hear(told.tokens, now, asked_at, since=since, number=number)

    def _note_delay(self, delay_s: float) -> None:
        learned = self.state.learned
        before_s = learned.refusal_delay_s or delay_s
        learned.refusal_delay_s = max(0.0, before_s + _DELAY_WEIGHT * (delay_s - before_s))

    def _pass_time(self, now: float) -> float:
        """Return the time; one that is set back sets back all that is remembered."""
        counts = self.state.counts
        if now < counts.seen_at - _JITTER_S:
            self.state.shift(now - counts.seen_at)
        counts.seen_at = max(now, counts.seen_at)
        self._forget(counts.seen_at)
        return counts.seen_at

    def _forget(self, now: float) -> None:
        learned = self.state.learned
        if learned.learned_at and now - learned.learned_at > FORGOTTEN_AFTER_S:
            learned.rate = learned.learned_at = learned.window_full_at = 0.0
            learned.window = self.state.counts.in_flight + START


def _is_explained(ticket: Ticket, told: LimitsTold) -> bool:
    """Whether the headers of a refusal say which limit was used up."""
    no_requests = told.requests is not None and told.requests.remaining < 1
    return no_requests or (told.tokens is not None and told.tokens.remaining < ticket.tokens)
