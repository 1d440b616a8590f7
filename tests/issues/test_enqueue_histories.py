"""Random histories of posts and readers against a small model.

Nobody misses a post, nobody gets one twice, nobody who left gets any.

Each check was seen to fail when the line that it guards was broken:

* "somebody misses a post": ``put_off`` in ``_settle`` of :mod:`publisher.digests.composer`
  dropped what it was to keep; ``add_dues`` in :mod:`publisher.issues.enqueue` took the digest
  after next; ``replan_reader`` in :mod:`publisher.digests.store` left ``at`` as it was.
* "a post came twice": ``issue.posts[0] in had`` left out of ``choose`` in
  :mod:`publisher.digests.selection`.
* "a digest carries something else": ``published``, ``wants`` or ``_GOES`` not asked in its
  ``_can_be_carried``; ``_is_theirs`` without ``activated`` while ``cancel_deliveries`` kept the due
  rows; ``withdraw_deliveries`` kept them.
* "a period came twice" (the database refuses the second): the join with ``digest_periods`` in
  ``_RIPE`` found nothing.
* "issue … of …": ``unwanted`` left out of ``wants`` in :mod:`publisher.newsletter.audience`;
  ``state = 'active'`` left out of ``particular_readers``, or of ``enqueue_everybody``.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from publisher.digests.store import DueStore
from publisher.errors import UsageError
from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore
from tests.issues.expected_mail import Article
from tests.issues.followed_site import FollowedSite

NAMES = st.sampled_from(("ada", "bob", "cyd"))
TAGS = st.sampled_from(
    (frozenset[str](), frozenset({"tea"}), frozenset({"ships"}), frozenset({"tea", "ships"}))
)
CADENCES = st.sampled_from(("every post", "daily", "daily", "weekly", "weekly", "monthly"))
ZONES = st.sampled_from(("", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"))
KINDS = st.sampled_from(("news", "news", "news", "old", "draft"))
PUBLISHED = st.sampled_from(("published", "draft"))
RELAYS = st.sampled_from(("sent", "the relay is away"))
STEPS = st.sampled_from(("release", "release", "discard", "again", "pause", "resume", "cancel"))
WHICH = st.integers(0, 2)
MOST = settings.default.max_examples if settings.default is not None else 0

EVENTS = st.one_of(
    st.tuples(st.just("posts_are_written"), TAGS, KINDS),
    st.tuples(st.just("posts_are_written"), TAGS, KINDS),
    st.tuples(st.just("posts_are_written"), TAGS, KINDS),
    st.tuples(st.just("a_post_is_edited"), WHICH, st.none() | TAGS, PUBLISHED),
    st.tuples(st.just("a_post_is_edited"), WHICH, st.none() | TAGS, PUBLISHED),
    st.tuples(st.just("somebody_comes_or_goes"), NAMES, CADENCES, ZONES),
    st.tuples(
        st.just("somebody_is_sent_away"), NAMES, st.sampled_from(("forget", "remove", "suppress"))
    ),
    st.tuples(st.just("somebody_wants_it_at_other_times"), NAMES, CADENCES, ZONES),
    st.tuples(st.just("somebody_wants_it_at_other_times"), NAMES, CADENCES, ZONES),
    st.tuples(st.just("somebody_wants_other_topics"), NAMES, TAGS, TAGS),
    st.tuples(st.just("the_operator_steps_in"), WHICH, STEPS),
    st.tuples(st.just("the_operator_steps_in"), WHICH, STEPS),
)
TIMES = st.one_of(
    st.tuples(
        st.just("time_goes_by_as_usual"),
        st.sampled_from((1, 5, 24, 24, 48, 168, 168, 744)),
        RELAYS,
    ),
    st.tuples(
        st.just("time_goes_by_as_usual"),
        st.sampled_from((1, 5, 24, 24, 48, 168, 168, 744)),
        RELAYS,
    ),
    st.tuples(st.just("the_daemon_is_off"), st.sampled_from((12, 72, 200, 900))),
    st.tuples(st.just("nobody_looks_for_a_while"), st.sampled_from((1, 12, 30))),
)
"""What may happen; the names are methods of the history, and what stands here twice happens more
often."""


class History(FollowedSite):
    """A site whose author, operator and readers do anything at all."""

    @initialize(chosen=st.lists(st.tuples(CADENCES, ZONES), min_size=2, max_size=3))
    def a_list(self, chosen: list[tuple[str, str]]) -> None:
        """Begin with a few readers."""
        for name, (cadence, zone) in zip(("ada", "bob", "cyd"), chosen, strict=False):
            self._join(name, cadence, zone)

    @rule(events=st.lists(EVENTS, min_size=1, max_size=4), time=TIMES)
    def days(self, events: list[tuple[str, ...]], time: tuple[str, ...]) -> None:
        """Let some things happen, and then some time pass.

        One rule for all of it: were each a rule of its own, most histories would hardly have any
        posts, or any time.
        """
        for name, *chosen in (*events, time):
            getattr(self, name)(*chosen)

    def posts_are_written(self, tags: frozenset[str], kind: str) -> None:
        """Write news, old news (held), or a draft."""
        title = f"P{len(self.model.posts)}"
        self.dates[title] = (
            "2020-01-01" if kind == "old" else f"{self.story.now:%Y-%m-%dT%H:%M:%SZ}"
        )
        self.model.posts[title] = Article(tags, published=kind != "draft")
        self._write(title)
        self._round()

    def a_post_is_edited(self, which: int, tags: frozenset[str] | None, status: str) -> None:
        """Take one of the last posts back, publish it again, tag it anew."""
        if self.model.posts:
            title = list(self.model.posts)[-1 - which % len(self.model.posts)]
            post = self.model.posts[title]
            post.tags = post.tags if tags is None else tags
            post.published = status == "published"
            self._write(title)
            self._round()

    def somebody_comes_or_goes(self, name: str, cadence: str, zone: str) -> None:
        """Join; leave, and nothing that was not handed over is left.

        Come back with what was chosen before.
        """
        person = self.model.people.get(name)
        if person is None:
            self._join(name, cadence, zone)
        elif person.active:
            self.story.leave(name)
            person.active, person.owed = False, {}
            assert not [
                mail for mail in self.story.mails() if mail.reader == name and mail.state != "sent"
            ], "unsubscribed means now"
        else:
            self.story.join(name)
            person.active = True

    def somebody_is_sent_away(self, name: str, way: str) -> None:
        """Forget, remove or suppress somebody: nothing that was not handed over is left.

        Who comes back afterwards is new, or as before.
        """
        person = self.model.people.get(name)
        if person is None:
            return
        waiting = {
            mail.key for mail in self.story.mails() if mail.reader == name and mail.state != "sent"
        }
        self.story.send_away(name, way)
        assert not waiting & {mail.key for mail in self.story.mails() if mail.state != "sent"}, (
            "the operator's word is the last"
        )
        assert not [
            mail
            for mail in self.story.mails(all_states=True)
            if mail.reader == name and way != "suppress"
        ], "no row names them"
        if way == "suppress":
            person.active, person.owed = False, {}
        else:
            del self.model.people[name]

    def somebody_wants_it_at_other_times(self, name: str, cadence: str, zone: str) -> None:
        """Choose another cadence and zone."""
        person = self.model.people.get(name)
        if (
            person is not None
            and person.active
            and (person.cadence, person.zone) != (cadence, zone)
        ):
            self.story.choose(name, cadence=cadence, zone=zone)
            person.cadence, person.zone = cadence, zone
            self.model.choose(person, self.story.now)

    def somebody_wants_other_topics(
        self, name: str, wanted: frozenset[str], unwanted: frozenset[str]
    ) -> None:
        """Choose other topics."""
        person = self.model.people.get(name)
        if person is not None and person.active:
            self.story.choose(name, wanted=tuple(sorted(wanted)), unwanted=tuple(sorted(unwanted)))
            person.wanted, person.unwanted = wanted, unwanted

    def the_operator_steps_in(self, which: int, what: str) -> None:
        """Release, discard, double, pause, resume or cancel an issue, of a post or a digest."""
        try:
            if what in {"release", "discard"}:
                self._judge(which, release=what == "release")
            elif what == "again":
                self._again(which)
            else:
                self._interfere(which, what)
        except UsageError:
            return

    def _judge(self, which: int, *, release: bool) -> None:
        held = [
            line.issue.key
            for line in self.story.issue_service.issues()
            if line.issue.state is IssueState.HELD
        ]
        if held:
            key, service = held[which % len(held)], self.story.issue_service
            self._told(
                service.release([key], None, self.story.now)
                if release
                else service.discard([key], None)
            )

    def _again(self, which: int) -> None:
        titles = [title for title, post in self.model.posts.items() if post.published]
        if titles:
            line = self.story.issue_service.new(
                f"{titles[which % len(titles)].lower()}.md", self.story.now, again=True
            )
            self._told(self.story.issue_service.release([line.issue.key], None, self.story.now))

    def _interfere(self, which: int, what: str) -> None:
        with self.story.state.reading() as transaction:
            keys = [issue.key for issue in IssueStore(transaction).issues()][-3:]
        if not keys:
            return
        key, outgoing = keys[which % len(keys)], self.story.outgoing
        if what == "cancel":
            outgoing.cancel(key, self.story.now)
        else:
            (outgoing.pause if what == "pause" else outgoing.resume)(key)
        if key in self.model.issues:
            self.model.issues[key] = (
                self.model.issues[key][0],
                {"pause": "paused", "resume": "queued", "cancel": "cancelled"}[what],
            )
            if what == "cancel":
                self.model.taken_back(key, "cancelled")

    def time_goes_by_as_usual(self, hours: int, relay: str) -> None:
        """Let the daemon run: digests at once when they are due.

        Mail is sent, or the relay is away.
        """
        end = self.story.now + timedelta(hours=hours)
        while self.story.now < end:
            with self.story.state.reading() as transaction:
                first = DueStore(transaction).next_digest()
            self.story.now = end if first is None else min(end, max(first, self.story.now))
            if first is not None and first <= self.story.now:
                self._digest()
        if relay == "sent":
            self.story.send()

    def the_daemon_is_off(self, hours: int) -> None:
        """Let time pass while nobody looks.

        Then a round, which holds again what waited for too long, and the digests.
        """
        self.story.now += timedelta(hours=hours)
        self._round()
        self._digest()

    def nobody_looks_for_a_while(self, hours: int) -> None:
        """Let time pass: what is due waits, while people choose and posts change."""
        self.story.now += timedelta(hours=hours)


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=max(10, MOST // 8), stateful_step_count=12)
