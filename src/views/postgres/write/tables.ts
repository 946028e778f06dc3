import type { Tables } from '../../Batch.ts'
import type { Statements } from '../Statements.ts'
import { ApiKeyTable } from './ApiKeyTable.ts'
import { GroupTable } from './GroupTable.ts'
import type { Loaded } from './load.ts'
import { MembershipTable } from './MembershipTable.ts'
import { ProgressTable } from './ProgressTable.ts'
import { TenantTable } from './TenantTable.ts'
import { UserTable } from './UserTable.ts'

/** Rows that were read before a batch is applied, and are written after it. */
export interface LoadedTables extends Tables {
  readonly progress: ProgressTable
  /** Writes what was saved: all statements are on their way at once. */
  flush(sql: Statements): Promise<void>
}

export function openTables(loaded: Loaded): LoadedTables {
  const tables = {
    tenants: new TenantTable(loaded.tenants),
    users: new UserTable(loaded.users),
    groups: new GroupTable(loaded.groups, loaded.memberships),
    memberships: new MembershipTable(loaded.memberships),
    apiKeys: new ApiKeyTable(),
    progress: new ProgressTable(loaded),
  }
  return {
    ...tables,
    // Whatever PostgreSQL does wrong, it does before or after.
    isTrouble: () => false,
    async flush(sql) {
      await Promise.all(Object.values(tables).map((table) => table.flush(sql)))
    },
  }
}
