"""What a difference comes from: its tables and what they say.

Differences are those of a strategy less another one's, paired by replication; intervals are 95 %
intervals of the mean, each for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.compare import stats
from sim.compare.comparison import METRICS
from sim.core.errors import BadInput, choose
from sim.experiments.explain import telling
from sim.experiments.explain.accounts import SEGMENTS, VULNERABILITY, Accounts
from sim.experiments.explain.arms import second
from sim.experiments.explain.levers import Player
from sim.experiments.explain.shapley import Coalition, exact, sampled
from sim.experiments.explain.worlds import joined, totals
from sim.strategies import Strategy

Floats = NDArray[np.float64]
#: How the models of a strategy get worse: parameter, and the levels that are tried, best first.
MODEL: dict[str, tuple[float, ...]] = {
    "drift": (0.0, 0.25, 0.5, 1.0, 2.0, 4.0),
    "lost": (0.0, 0.25, 0.5, 0.75, 1.0),
    "refresh": (1, 3, 7, 14, 30),
}
#: What counts as harm to an account: so much more resentment at the end (0 to 4), or so much more
#: expected complaints.
HARM_RESENTMENT, HARM_COMPLAINTS = 0.05, 0.002
SPILL = ("organisation", "treated", "untreated", "crowded", "everyone", "total", "naive")


@dataclass(frozen=True)
class Explained:
    """Finished worlds, and what follows from them.

    Attributes
    ----------
    metric, parts
        What is explained, and which parts were asked for.
    pair
        The strategy, and the one that it is measured against; with their models.
    players, orders
        Who can join, and in which sampled orders; none where every coalition was played.
    answers
        By world, one answer per replication.
    failures
        What broke off: world, replication, reason.
    """

    metric: str
    parts: tuple[str, ...]
    pair: tuple[Strategy, Strategy]
    players: tuple[Player, ...]
    orders: tuple[tuple[int, ...], ...]
    answers: Mapping[str, list[Any]]
    failures: tuple[tuple[str, int, str], ...]
    command: str
    snippet: str
    seed: int = 0

    # --- the whole ---------------------------------------------------------------------------

    @property
    def replications(self) -> int:
        """Replications that every world finished."""
        return len(next(iter(self.answers.values())))

    def value(self, who: Coalition) -> Floats:
        """Return the metric with *who* joined, linearised: its mean is the ratio of totals."""
        return self._linear(joined(who))

    def _linear(self, world: str) -> Floats:
        found = stats.ratio(*totals(self.answers[world], self.metric))
        return found.estimate + found.residuals

    @cached_property
    def gain(self) -> Floats:
        """The whole difference in each replication, shape (R,)."""
        return self.value(self._all) - self.value(frozenset())

    @property
    def half_width(self) -> float:
        """Half of the interval of the whole difference."""
        low, high = _ends(self.gain)
        return (high - low) / 2.0

    def needs(self, part: str) -> None:
        """Refuse a part that was not played."""
        choose("parts", "", part, self.parts)

    # --- levers --------------------------------------------------------------------------------

    @cached_property
    def _shares(self) -> tuple[Floats, Floats]:
        count = len(self.players)
        if self.orders:
            return sampled(count, self.value, list(self.orders))
        return exact(count, self.value), np.zeros(count)

    def levers(self) -> pd.DataFrame:
        """Return what each lever brings; the column *effect* sums to the whole difference.

        Columns: lever, fields, effect (Shapley), ci_low, ci_high, alone (it joins first), last (it
        joins last; both missing where that coalition was not played), sampling_error (of the
        choice of orders; 0 where all coalitions were played). The largest effect first.
        """
        self.needs("levers")
        shares, errors = self._shares
        rows = []
        for i, player in enumerate(self.players):
            low, high = _ends(shares[i])
            rows.append(
                (player.name, ",".join(player.fields), float(shares[i].mean()), low, high,
                 self._step(frozenset(), i), self._step(self._all - {i}, i), float(errors[i]))
            )  # fmt: skip
        names = ["lever", "fields", "effect", "ci_low", "ci_high", "alone", "last",
                 "sampling_error"]  # fmt: skip
        found = pd.DataFrame(rows, columns=names)
        return found.sort_values("effect", key=abs, ascending=False, ignore_index=True)

    @property
    def _all(self) -> Coalition:
        return frozenset(range(len(self.players)))

    def _step(self, before: Coalition, i: int) -> float:
        if not all(joined(c) in self.answers for c in (before, before | {i})):
            return float("nan")
        return float((self.value(before | {i}) - self.value(before)).mean())

    # --- segments ------------------------------------------------------------------------------

    def segments(self, segment: str) -> pd.DataFrame:
        """Return what each group of borrowers adds to the difference; they sum to the whole.

        Columns: segment, group, accounts (in one replication), effect, ci_low, ci_high. The row of
        group -1 is what belongs to no account: salaries and fixed costs; it stands where there are
        any.
        """
        self.needs("segments")
        choose("segment", "", segment, SEGMENTS)
        mine, theirs = self._pair()
        counts = [np.bincount(a.groups[segment], minlength=1) for a in theirs]
        size = max(len(c) for c in counts)
        rows = []
        parts = [self._of_group(segment, g, mine, theirs) for g in range(size)]
        floor = self.gain - np.sum(parts, axis=0)
        for g, part in enumerate(parts):
            people = float(np.mean([c[g] if g < len(c) else 0 for c in counts]))
            if people:
                rows.append((segment, g, people, float(part.mean()), *_ends(part)))
        if np.abs(floor).max() > 1e-6 * max(1e-9, float(np.abs(self.gain).max())):
            rows.append((segment, -1, 0.0, float(floor.mean()), *_ends(floor)))
        names = ["segment", "group", "accounts", "effect", "ci_low", "ci_high"]
        return pd.DataFrame(rows, columns=names)

    def _pair(self) -> tuple[list[Accounts], list[Accounts]]:
        return self.answers["mine"], self.answers["theirs"]

    def _of_group(
        self, segment: str, group: int, mine: list[Accounts], theirs: list[Accounts]
    ) -> Floats:
        return self._part(mine, segment, group) - self._part(theirs, segment, group)

    def _part(self, world: list[Accounts], segment: str, group: int) -> Floats:
        """Return a group's numerators over everybody's denominators, linearised."""
        x = [a.sums(self.metric, a.groups[segment] == group)[0] for a in world]
        y = [a.sums(self.metric)[1] for a in world]
        found = stats.ratio(x, y)
        return found.estimate + found.residuals

    # --- spill-over ----------------------------------------------------------------------------

    def spill(self, metric: str | None = None) -> pd.DataFrame:
        """Return the effect on those who are treated, and on those who only share the floor.

        Half of the accounts, drawn by their lasting coin, meet the policy; in a twin world the
        other half does. All effects are of one account more or less treated in these worlds, per
        unit of the metric, without salaries and fixed costs. Rows:

        organisation
            the levers on the organisation, the policy as before;
        treated
            half are treated: what it does to them;
        untreated
            half are treated: what it does to the others, through seats and purse;
        crowded
            what the treated lose or gain when everybody is;
        everyone
            everybody is treated, against nobody (treated + crowded);
        total
            organisation + everyone;
        naive
            treated half less untreated half: what a test with a shared floor reads.

        Columns: effect (the row's name), difference, ci_low, ci_high.
        """
        self.needs("spill")
        name = metric or self.metric
        w = {
            "mine": self._whole("mine", name),
            "theirs": self._whole("theirs", name),
            "none": self._whole("none", name),
            "treated": self._half(name, treated=True),
            "untreated": self._half(name, treated=False),
        }
        found = {
            "organisation": w["none"] - w["theirs"],
            "treated": w["treated"] - w["none"],
            "untreated": w["untreated"] - w["none"],
            "crowded": w["mine"] - w["treated"],
            "everyone": w["mine"] - w["none"],
            "total": w["mine"] - w["theirs"],
            "naive": w["treated"] - w["untreated"],
        }
        rows = [(row, float(found[row].mean()), *_ends(found[row])) for row in SPILL]
        return pd.DataFrame(rows, columns=["effect", "difference", "ci_low", "ci_high"])

    def _whole(self, world: str, metric: str) -> Floats:
        pairs = [a.sums(metric) for a in self.answers[world]]
        return _linear(pairs)

    def _half(self, metric: str, *, treated: bool) -> Floats:
        """Return those treated (or not) of both twin worlds together: everybody, once."""
        pairs = []
        for one, two in zip(self.answers["first"], self.answers["second"], strict=True):
            in_one = second(one.coins, 0.0, 0.5)
            a = one.sums(metric, in_one if treated else ~in_one)
            b = two.sums(metric, ~in_one if treated else in_one)
            pairs.append((a[0] + b[0], a[1] + b[1]))
        return _linear(pairs)

    # --- harm ----------------------------------------------------------------------------------

    def harm(self, segment: str = VULNERABILITY) -> pd.DataFrame:
        """Return whom the strategy makes worse off than the other would, by group.

        Harmed is an account with more than `HARM_RESENTMENT` more resentment at the end or more
        than `HARM_COMPLAINTS` more expected complaints; spared the other way round, unless it is
        harmed. Columns: segment, group, accounts, harmed, ci_low, ci_high, spared (all three in
        shares of the group), resentment, complaints (mean differences).
        """
        self.needs("harm")
        choose("segment", "", segment, SEGMENTS)
        mine, theirs = self._pair()
        marks = [_harm(a, b) for a, b in zip(mine, theirs, strict=True)]
        size = max(int(a.groups[segment].max(initial=0)) + 1 for a in theirs)
        rows = []
        for g in range(size):
            inside = [a.groups[segment] == g for a in theirs]
            count = np.array([float(i.sum()) for i in inside])
            if count.sum() == 0:
                continue
            sums = [[float(m[k][i].sum()) for m, i in zip(marks, inside, strict=True)]
                    for k in range(4)]  # fmt: skip
            share = stats.ratio(sums[0], count)
            low, high = stats.interval(share)
            means = [float(np.sum(s) / count.sum()) for s in sums[1:]]
            ends = max(0.0, low), min(1.0, high)
            rows.append((segment, g, float(count.mean()), share.estimate, *ends, *means))
        names = ["segment", "group", "accounts", "harmed", "ci_low", "ci_high", "spared",
                 "resentment", "complaints"]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    # --- models --------------------------------------------------------------------------------

    def models(self) -> pd.DataFrame:
        """Return the gain over the other strategy as the models get worse.

        Columns: quality (drift, lost, refresh), level, gain, ci_low, ci_high, state (ahead,
        behind, open). Empty where the strategy has no models.
        """
        self.needs("models")
        rows = []
        base = self.value(frozenset())
        for name, levels in MODEL.items():
            if name not in self.pair[0].params._fields:
                continue
            now = float(getattr(self.pair[0].params, name))
            for level in sorted({*map(float, levels), now}):
                mine = self._linear(joined(self._all) if level == now else f"{name}:{level:g}")
                low, high = _ends(self._sign * (mine - base))
                state = "ahead" if low > 0 else "behind" if high < 0 else "open"
                gain = float(self._sign * (mine - base).mean())
                rows.append((name, level, gain, low, high, state))
        names = ["quality", "level", "gain", "ci_low", "ci_high", "state"]
        return pd.DataFrame(rows, columns=names)

    @property
    def _sign(self) -> float:
        return -1.0 if METRICS[self.metric].better == "lower" else 1.0

    def break_even(self) -> pd.DataFrame:
        """Return from which quality of the models on nothing of the gain is left.

        Columns: quality, level (the first at which the gain crosses nothing, straight lines
        between the levels tried; missing where it never does), sure_until (the last level up to
        which the gain is told from nothing; missing where it never is), gone_from (the first level
        at which the strategy is surely behind; missing where it never is).
        """
        rows = []
        for name, part in self.models().groupby("quality", sort=False):
            level, gain = part["level"].to_numpy(), part["gain"].to_numpy()
            ahead = (part["state"] == "ahead").to_numpy()
            behind = np.flatnonzero(part["state"] == "behind")
            until = int(np.argmin(ahead)) if not ahead.all() else len(ahead)
            rows.append((name, crossing(level, gain),
                         level[until - 1] if until else np.nan,
                         level[behind[0]] if behind.size else np.nan))  # fmt: skip
        return pd.DataFrame(rows, columns=["quality", "level", "sure_until", "gone_from"])

    # --- told ----------------------------------------------------------------------------------

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables of all parts that were asked for."""
        found: dict[str, pd.DataFrame] = {}
        if "levers" in self.parts:
            found["levers"] = self.levers()
        if "segments" in self.parts:
            found["segments"] = pd.concat(map(self.segments, SEGMENTS), ignore_index=True)
        if "spill" in self.parts:
            found["spill"] = self.spill()
        if "harm" in self.parts:
            found["harm"] = pd.concat(map(self.harm, SEGMENTS), ignore_index=True)
        if "models" in self.parts and not (models := self.models()).empty:
            found |= {"models": models, "break_even": self.break_even()}
        return found

    def sentence(self, lang: str = "en", part: str = "levers") -> str:
        """Say what one part found."""
        if part not in self.parts:
            raise BadInput("part", "", part, f"allowed: {', '.join(self.parts)}")
        return telling.sentence(self, part, lang)

    def sentences(self, lang: str = "en") -> list[str]:
        """Say what every part found."""
        return [said for part in self.parts if (said := self.sentence(lang, part))]


def _linear(pairs: Sequence[tuple[float, float]]) -> Floats:
    found = stats.ratio([x for x, _ in pairs], [y for _, y in pairs])
    return found.estimate + found.residuals


def _ends(values: Floats) -> tuple[float, float]:
    """Return the ends of the interval of the mean of one value per replication."""
    mean = float(values.mean())
    return stats.interval(stats.Ratio(mean, values - mean))


def _harm(mine: Accounts, theirs: Accounts) -> tuple[Floats, Floats, Floats, Floats]:
    """Return harmed, spared, more resentment, more complaints; account by account."""
    if not np.array_equal(mine.ids, theirs.ids):
        raise ValueError("the same luck brings the same borrowers")
    anger = mine.resentment - theirs.resentment
    risk = mine.pairs["complaints"][0] - theirs.pairs["complaints"][0]
    harmed = (anger > HARM_RESENTMENT) | (risk > HARM_COMPLAINTS)
    spared = ((anger < -HARM_RESENTMENT) | (risk < -HARM_COMPLAINTS)) & ~harmed
    return harmed.astype(float), spared.astype(float), anger, risk


def crossing(levels: Floats, gains: Floats) -> float:
    """Return where straight lines through the points first fall to nothing; nan where never."""
    if gains[0] <= 0:
        return float(levels[0])
    for i in np.flatnonzero(gains[1:] <= 0):
        share = gains[i] / (gains[i] - gains[i + 1])
        return float(levels[i] + share * (levels[i + 1] - levels[i]))
    return float("nan")
