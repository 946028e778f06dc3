import { groupStatus, userStatus } from '../../codes.ts'
import { streamsOf } from '../../streamsOf.ts'
import type { RebuiltEntity } from '../../ViewStore.ts'
import { entityKey } from '../keys.ts'
import type { Statements } from '../Statements.ts'

/**
 * Forgets what is stored of an entity, as if no event of its streams had been applied. Its number stays, because other rows refer
 * to it by that. A user's memberships stay too: they belong to the streams of groups; so do a group's children.
 */
export async function forget(sql: Statements, entity: RebuiltEntity): Promise<void> {
  const { kind, tenant, id } = entity
  await Promise.all([
    sql.all('DELETE FROM quarantine WHERE stream = ANY ($1::text[])', [...streamsOf(entity)]),
    ...(kind === 'user' ? USER : GROUP).map((statement) => sql.all(statement, entityKey(tenant, id))),
  ])
}

const USER = [
  'DELETE FROM api_keys WHERE usr = (SELECT num FROM users WHERE key = $1)',
  `UPDATE users SET status = ${userStatus.code('ACTIVE')}, username = NULL, username_fold = '', email = NULL, email_fold = '',
     name = NULL, name_fold = '', search = '', attributes = '{}', facets = '{}', created_at = 0, updated_at = 0,
     user_seq = 0, profile_seq = 0, keys_seq = 0
   WHERE key = $1`,
]

const GROUP = [
  'DELETE FROM memberships WHERE grp = (SELECT num FROM groups WHERE key = $1)',
  `UPDATE groups SET status = ${groupStatus.code('ACTIVE')}, name = NULL, name_fold = '', search = '',
     description = '', parent = NULL, member_count = 0, created_at = 0, updated_at = 0, group_seq = 0, members_seq = 0
   WHERE key = $1`,
]
