import type { Tables } from '../../Batch.ts'
import { isSqliteError } from '../failures.ts'
import type { Statements } from '../Statements.ts'
import { ApiKeyTable } from './ApiKeyTable.ts'
import { GroupTable } from './GroupTable.ts'
import { MembershipTable } from './MembershipTable.ts'
import type { ProgressTable } from './ProgressTable.ts'
import { TenantTable } from './TenantTable.ts'
import { UserTable } from './UserTable.ts'

export const openTables = (sql: Statements, progress: ProgressTable): Tables => ({
  tenants: new TenantTable(sql),
  users: new UserTable(sql),
  groups: new GroupTable(sql),
  memberships: new MembershipTable(sql),
  apiKeys: new ApiKeyTable(sql),
  progress,
  isTrouble: isSqliteError,
})
