export type { RetryWindow } from './backoff.ts'
export { Client, type ClientOptions, createClient, type RequestOptions } from './Client.ts'
export { RollcallError } from './errors.ts'
export { type Following, follow } from './follow.ts'
export type { FollowOptions, FollowStatus, Mark } from './followOptions.ts'
export * from './generated.ts'
export { type MemoryReplica, memoryReplica } from './MemoryReplica.ts'
export type {
  Change,
  DirectoryCopy,
  GroupCopy,
  MembershipCopy,
  Place,
  Replica,
  UserCopy,
} from './Replica.ts'
