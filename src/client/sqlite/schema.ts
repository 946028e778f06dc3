/** Kept in `user_version`. A file of another one was written by another release. */
export const VERSION = 1

/**
 * Copies stand beside each other under their number: the whole one that is read, and perhaps one that is being made. The three views
 * are for people and programs that open the file: they show the whole copy, without what was deleted.
 */
export const SCHEMA = `
CREATE TABLE copy (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  cursor TEXT,
  is_whole INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE applied (
  copy INTEGER NOT NULL,
  stream TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (copy, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_row (
  copy INTEGER NOT NULL,
  id TEXT NOT NULL,
  username TEXT,
  email TEXT,
  name TEXT,
  status TEXT NOT NULL DEFAULT 'ACTIVE',
  attributes TEXT NOT NULL DEFAULT '{}',
  is_deleted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (copy, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_row (
  copy INTEGER NOT NULL,
  id TEXT NOT NULL,
  name TEXT,
  description TEXT NOT NULL DEFAULT '',
  parent_id TEXT,
  is_deleted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (copy, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE membership_row (
  copy INTEGER NOT NULL,
  group_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (copy, group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_of_user ON membership_row (copy, user_id, group_id);

CREATE VIEW users AS
SELECT id, username, email, name, status, attributes FROM user_row
WHERE copy = (SELECT id FROM copy WHERE is_whole) AND NOT is_deleted AND username IS NOT NULL;

CREATE VIEW groups AS
SELECT id, name, description,
  CASE WHEN EXISTS (
    SELECT 1 FROM group_row parent WHERE parent.copy = child.copy AND parent.id = child.parent_id AND parent.is_deleted
  ) THEN NULL ELSE parent_id END AS parent_id
FROM group_row child
WHERE copy = (SELECT id FROM copy WHERE is_whole) AND NOT is_deleted AND name IS NOT NULL;

CREATE VIEW memberships AS
SELECT group_id, user_id, role FROM membership_row
WHERE copy = (SELECT id FROM copy WHERE is_whole);

PRAGMA user_version = ${VERSION};
`

/** Tables of which each row belongs to a copy. */
export const ROWS = ['applied', 'user_row', 'group_row', 'membership_row'] as const
