import type { RecordedEvent } from '../../../domain/events.ts'
import { applyBatch } from '../../applyBatch.ts'
import type { Tables } from '../../Batch.ts'
import { groupStatus, userStatus } from '../../codes.ts'
import { cacheKey } from '../../state.ts'
import { streamsOf } from '../../streamsOf.ts'
import type { RebuiltEntity } from '../../ViewStore.ts'
import type { Statements } from '../Statements.ts'

/**
 * Forgets what the file says of an entity and applies these events, all of its streams', as if they were the first. Within a
 * transaction that the caller has begun and will commit. Its number stays, because other rows refer to it by that.
 */
export function rebuildEntity(
  sql: Statements,
  tables: Tables,
  entity: RebuiltEntity,
  events: readonly RecordedEvent[],
): void {
  const { kind, tenant, id } = entity
  for (const stream of streamsOf(entity)) sql.run('DELETE FROM quarantine WHERE stream = ?', stream)
  const [num] =
    sql.get<[number]>(
      `SELECT e.num FROM tenants t CROSS JOIN ${kind}s e ON e.tenant = t.num AND e.id = ? WHERE t.id = ?`,
      id,
      tenant,
    ) ?? []
  if (num !== undefined) (kind === 'user' ? forgetUser : forgetGroup)(sql, num)
  applyBatch(tables, events)
  // Told to the readers' caches whether or not there was an event to apply.
  tables.progress.save(tables.progress.load(), [cacheKey(kind, tenant, id)])
}

/** Memberships stay: they belong to the streams of groups. */
function forgetUser(sql: Statements, num: number): void {
  sql.run('DELETE FROM user_grams WHERE rowid = ?', num)
  sql.run(
    'DELETE FROM user_attributes WHERE tenant = (SELECT tenant FROM users WHERE num = ?1) AND user = ?1',
    num,
  )
  sql.run('DELETE FROM api_keys WHERE user = ?', num)
  sql.run(
    `UPDATE users SET status = ?, username = NULL, username_fold = '', email = NULL, email_fold = '', name = NULL,
       name_fold = '', attributes = '{}', created_at = 0, updated_at = 0, user_seq = 0, profile_seq = 0, keys_seq = 0
     WHERE num = ?`,
    userStatus.code('ACTIVE'),
    num,
  )
}

/** Its children stay below it: that is told in their own streams. */
function forgetGroup(sql: Statements, num: number): void {
  sql.run('DELETE FROM group_grams WHERE rowid = ?', num)
  sql.run('DELETE FROM memberships_by_user WHERE grp = ?', num)
  sql.run('DELETE FROM memberships WHERE grp = ?', num)
  sql.run(
    `UPDATE groups SET status = ?, name = NULL, name_fold = '', description = '', parent = NULL, member_count = 0,
       created_at = 0, updated_at = 0, group_seq = 0, members_seq = 0
     WHERE num = ?`,
    groupStatus.code('ACTIVE'),
    num,
  )
}
