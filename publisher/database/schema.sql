CREATE TABLE adopted (
    feed_id TEXT NOT NULL,
    link TEXT NOT NULL,
    title TEXT NOT NULL,
    published BIGINT,
    PRIMARY KEY (feed_id)
);
CREATE TABLE documents (
    path TEXT NOT NULL,
    fingerprint VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    inode TEXT NOT NULL,
    PRIMARY KEY (path)
);
CREATE TABLE forgotten (
    fingerprint VARCHAR NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (fingerprint)
);
CREATE TABLE issues (
    id INTEGER NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR,
    subject TEXT NOT NULL,
    created BIGINT NOT NULL,
    due_at BIGINT,
    waiting_since BIGINT,
    queued_at BIGINT,
    folder TEXT,
    entry VARCHAR NOT NULL,
    public VARCHAR,
    digest VARCHAR DEFAULT '' NOT NULL,
    audience INTEGER,
    PRIMARY KEY (id),
    UNIQUE (folder)
);
CREATE UNIQUE INDEX issues_public ON issues (public);
CREATE INDEX issues_state ON issues (state);
CREATE TABLE memory (
    name VARCHAR NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE notes (
    name VARCHAR NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE posts (
    id INTEGER NOT NULL,
    path TEXT NOT NULL,
    size BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    inode TEXT NOT NULL,
    source_hash VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    first_seen BIGINT NOT NULL,
    reason TEXT NOT NULL,
    problems TEXT NOT NULL,
    facts TEXT NOT NULL,
    known_as VARCHAR NOT NULL,
    decided_hash VARCHAR NOT NULL,
    announcement VARCHAR NOT NULL,
    why TEXT NOT NULL,
    resembles BIGINT,
    news_at BIGINT,
    feed_id TEXT,
    date BIGINT,
    updated BIGINT,
    sort_last BOOLEAN NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX posts_living_path ON posts (path) WHERE gone_at IS NULL;
CREATE TABLE signups (
    id INTEGER NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    cadence VARCHAR NOT NULL,
    wanted TEXT NOT NULL,
    at BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    network VARCHAR NOT NULL,
    wording TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE subscribers (
    id INTEGER NOT NULL,
    public VARCHAR NOT NULL,
    address TEXT NOT NULL,
    folded TEXT NOT NULL,
    state VARCHAR NOT NULL,
    suppressed BOOLEAN NOT NULL,
    cadence VARCHAR NOT NULL,
    wanted TEXT NOT NULL,
    unwanted TEXT NOT NULL,
    zone VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    activated BIGINT,
    PRIMARY KEY (id),
    UNIQUE (public),
    UNIQUE (folded)
);
CREATE INDEX subscribers_state ON subscribers (state, cadence);
CREATE TABLE terms (
    kind VARCHAR NOT NULL,
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    PRIMARY KEY (kind, folded)
);
CREATE UNIQUE INDEX terms_slug ON terms (kind, slug);
CREATE TABLE deliveries (
    id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    issue_id INTEGER,
    subscriber_id INTEGER,
    address TEXT,
    state VARCHAR NOT NULL,
    reason TEXT NOT NULL,
    dedup_key VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    worker VARCHAR NOT NULL,
    lease BIGINT,
    queued BIGINT NOT NULL,
    attempted BIGINT,
    due BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    reply TEXT NOT NULL,
    content BLOB,
    PRIMARY KEY (id),
    FOREIGN KEY(issue_id) REFERENCES issues (id),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE SET NULL,
    UNIQUE (dedup_key)
);
CREATE INDEX deliveries_due ON deliveries (state, kind, due);
CREATE INDEX deliveries_issue ON deliveries (issue_id, state);
CREATE UNIQUE INDEX deliveries_subscriber ON deliveries (subscriber_id, issue_id);
CREATE TABLE digest_periods (
    subscriber_id INTEGER NOT NULL,
    cadence VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    issue_id INTEGER NOT NULL,
    PRIMARY KEY (subscriber_id, cadence, period),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE,
    FOREIGN KEY(issue_id) REFERENCES issues (id)
)
 WITHOUT ROWID;
CREATE TABLE due (
    subscriber_id INTEGER NOT NULL,
    issue_id INTEGER NOT NULL,
    cadence VARCHAR NOT NULL,
    queued BIGINT NOT NULL,
    at BIGINT NOT NULL,
    period VARCHAR NOT NULL,
    PRIMARY KEY (subscriber_id, issue_id),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE,
    FOREIGN KEY(issue_id) REFERENCES issues (id) ON DELETE CASCADE
)
 WITHOUT ROWID;
CREATE INDEX due_at ON due (at);
CREATE TABLE issue_contents (
    issue_id INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (issue_id),
    FOREIGN KEY(issue_id) REFERENCES issues (id) ON DELETE CASCADE
);
CREATE TABLE issue_posts (
    issue_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    PRIMARY KEY (issue_id, position),
    FOREIGN KEY(issue_id) REFERENCES issues (id) ON DELETE CASCADE,
    FOREIGN KEY(post_id) REFERENCES posts (id)
);
CREATE INDEX issue_posts_post ON issue_posts (post_id);
CREATE TABLE renders (
    post_id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (post_id),
    FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
CREATE TABLE sources (
    post_id INTEGER NOT NULL,
    post BLOB NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (post_id),
    FOREIGN KEY(post_id) REFERENCES posts (id) ON DELETE CASCADE
);
CREATE TABLE subscriber_events (
    id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL,
    at BIGINT NOT NULL,
    what VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    network VARCHAR NOT NULL,
    wording TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE
);
CREATE INDEX subscriber_events_subscriber ON subscriber_events (subscriber_id);
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
)
