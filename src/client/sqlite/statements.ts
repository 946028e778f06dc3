import type { DatabaseSync } from 'node:sqlite'

/** Prepared once for an open file. The first parameter of those that write is the copy's number. */
export function prepareStatements(db: DatabaseSync) {
  /** A field of a row that may be there, and is left alone where it was deleted. */
  const set = (table: 'user_row' | 'group_row', column: string) =>
    db.prepare(`INSERT INTO ${table} (copy, id, ${column}) VALUES (?, ?, ?)
      ON CONFLICT (copy, id) DO UPDATE SET ${column} = excluded.${column} WHERE NOT is_deleted`)
  return {
    place: db.prepare('SELECT id, scope, cursor, is_whole FROM copy ORDER BY is_whole, id LIMIT 1'),
    newCopy: db.prepare('INSERT INTO copy (scope) VALUES (?)'),
    setCursor: db.prepare('UPDATE copy SET cursor = ?2 WHERE id = ?1'),
    setWhole: db.prepare('UPDATE copy SET is_whole = 1, cursor = ?2 WHERE id = ?1'),
    seq: db.prepare('SELECT seq FROM applied WHERE copy = ? AND stream = ?'),
    setSeq: db.prepare(`INSERT INTO applied (copy, stream, seq) VALUES (?, ?, ?)
      ON CONFLICT (copy, stream) DO UPDATE SET seq = excluded.seq`),
    user: {
      username: set('user_row', 'username'),
      email: set('user_row', 'email'),
      name: set('user_row', 'name'),
      status: set('user_row', 'status'),
      attributes: set('user_row', 'attributes'),
    },
    group: {
      name: set('group_row', 'name'),
      description: set('group_row', 'description'),
      parentId: set('group_row', 'parent_id'),
    },
    userDeleted: [
      db.prepare(`INSERT INTO user_row (copy, id, is_deleted) VALUES (?, ?, 1)
        ON CONFLICT (copy, id) DO UPDATE SET is_deleted = 1`),
      db.prepare('DELETE FROM membership_row WHERE copy = ? AND user_id = ?'),
    ],
    groupDeleted: [
      db.prepare(`INSERT INTO group_row (copy, id, is_deleted) VALUES (?, ?, 1)
        ON CONFLICT (copy, id) DO UPDATE SET is_deleted = 1`),
      db.prepare('DELETE FROM membership_row WHERE copy = ? AND group_id = ?'),
    ],
    setMembership:
      db.prepare(`INSERT INTO membership_row (copy, group_id, user_id, role) SELECT ?1, ?2, ?3, ?4
      WHERE NOT EXISTS (SELECT 1 FROM group_row WHERE copy = ?1 AND id = ?2 AND is_deleted)
        AND NOT EXISTS (SELECT 1 FROM user_row WHERE copy = ?1 AND id = ?3 AND is_deleted)
      ON CONFLICT (copy, group_id, user_id) DO UPDATE SET role = excluded.role`),
    endMembership: db.prepare('DELETE FROM membership_row WHERE copy = ? AND group_id = ? AND user_id = ?'),
    readUser: db.prepare('SELECT * FROM users WHERE id = ?'),
    readGroup: db.prepare('SELECT * FROM groups WHERE id = ?'),
    readUsers: db.prepare('SELECT * FROM users'),
    readGroups: db.prepare('SELECT * FROM groups'),
    readMembers: db.prepare('SELECT * FROM memberships WHERE group_id = ? ORDER BY user_id'),
    readMemberships: db.prepare('SELECT * FROM memberships WHERE user_id = ? ORDER BY group_id'),
  }
}

export type Statements = ReturnType<typeof prepareStatements>
